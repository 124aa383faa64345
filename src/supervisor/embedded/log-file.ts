import { constants } from 'node:fs'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import type { LogConfiguration } from './program-conf.js'

/** Never waits for the other end of a pipe: that would hold up the program, and its stop. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOCTTY | constants.O_NONBLOCK
/** What is read from the end of a log file at most. Bytes. */
const TAIL_BYTES = 1024 ** 2

export interface LogFile {
  /** `text` gives the chunk for what is no file of its own, such as the service's standard output. */
  append (chunk: Buffer, text: () => string): Promise<void>
  /** The end of a run: what is left for what is no file of its own. */
  finish (text: () => string): Promise<void>
  /** The last lines, as written; null where the path is no regular file (such as /dev/stdout) or not there. */
  tail (lines: number): Promise<Tail | null>
  close (): Promise<void>
}

export interface Tail {
  lines: string[]
  /** Whether the last line is unfinished. */
  endsOpen: boolean
}

/** A link such as /dev/stdout may lead to a regular file, which is not the program's own. */
const SOMEBODY_ELSES = /^\/(dev|proc)\//

/**
 * A program's log file (0600): appended to; at `maxBytes` it becomes `.1`, `.1` becomes `.2` and so on up to `backups`.
 * `append` and `tail` throw file system errors. One append at a time.
 */
export function createLogFile ({ file, maxBytes, backups }: LogConfiguration & { file: string }): LogFile {
  let current: { handle: FileHandle, size: number, isOwn: boolean } | null = null

  async function opened (): Promise<NonNullable<typeof current>> {
    if (current !== null) return current
    const handle = await open(file, APPEND, 0o600)
    const stats = await handle.stat()
    if (stats.isFile()) await handle.chmod(0o600)
    current = { handle, size: stats.size, isOwn: stats.isFile() && !SOMEBODY_ELSES.test(file) }
    return current
  }

  async function close (): Promise<void> {
    const closing = current
    current = null
    await closing?.handle.close()
  }

  async function rotate (): Promise<void> {
    await close()
    if (backups === 0) await rm(file)
    for (let number = backups; number > 0; number--) {
      await renameIfThere(number === 1 ? file : `${file}.${number - 1}`, `${file}.${number}`)
    }
  }

  return {
    async append (chunk, text) {
      const log = await opened()
      await log.handle.appendFile(log.isOwn ? chunk : text())
      log.size += chunk.length
      if (log.isOwn && maxBytes > 0 && log.size >= maxBytes) await rotate()
    },
    async finish (text) {
      if (current?.isOwn === false) await current.handle.appendFile(text())
    },
    tail: async (lines) => await readTail({ file, lines }),
    close,
  }
}

async function readTail ({ file, lines }: { file: string, lines: number }): Promise<Tail | null> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) return null
    const start = Math.max(0, stats.size - TAIL_BYTES)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(stats.size - start), 0, stats.size - start, start)
    const text = buffer.toString('utf8', 0, bytesRead)
    const all = text.replace(/\n$/u, '').split('\n')
    const whole = start > 0 ? all.slice(1) : all
    return { lines: lines > 0 && bytesRead > 0 ? whole.slice(-lines) : [], endsOpen: !text.endsWith('\n') }
  } finally {
    await handle.close()
  }
}

async function renameIfThere (from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}
