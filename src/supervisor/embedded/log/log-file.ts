import { rename, rm } from 'node:fs/promises'
import { openLogTarget, openOwnLog, type LogTarget } from './log-target.js'
import type { LogConfiguration } from '../program-conf.js'

/** What is read from the end of a log file at most. Bytes. */
const TAIL_BYTES = 1024 ** 2

export interface LogFile {
  /** `text` gives the chunk for what is no file of its own, such as the service's standard output. */
  append (chunk: Buffer, text: () => string): Promise<void>
  /** The end of a run: what is left for what is no file of its own. */
  finish (text: () => string): Promise<void>
  /** The last lines, as written; null where the path is no file of the program's own (such as /dev/stdout). */
  tail (lines: number): Promise<Tail | null>
  close (): Promise<void>
}

export interface Tail {
  lines: string[]
  /** Whether the last line is unfinished. */
  endsOpen: boolean
}

/**
 * A program's log file: appended to; at `maxBytes` it becomes `.1`, `.1` becomes `.2` and so on up to `backups`. What is no file of the
 * program's own is appended to, and nothing else.
 * `append` and `tail` throw file system errors. One append at a time.
 */
export function createLogFile ({ file, maxBytes, backups }: LogConfiguration & { file: string }): LogFile {
  let current: { target: LogTarget, size: number } | null = null

  async function opened (): Promise<NonNullable<typeof current>> {
    if (current !== null) return current
    const target = await openLogTarget(file)
    current = { target, size: target.size }
    return current
  }

  async function close (): Promise<void> {
    const closing = current
    current = null
    await closing?.target.close()
  }

  async function rotate (own: NonNullable<LogTarget['own']>): Promise<void> {
    const isInPlace = await own.isInPlace()
    await close()
    // Another program has put something in the file's place, which is not for us to move.
    if (!isInPlace) return
    if (backups === 0) await rm(file)
    for (let number = backups; number > 0; number--) {
      await renameIfThere(number === 1 ? file : `${file}.${number - 1}`, `${file}.${number}`)
    }
  }

  return {
    async append (chunk, text) {
      const log = await opened()
      const { own } = log.target
      await log.target.append(own === null ? text() : chunk)
      log.size += chunk.length
      if (own !== null && maxBytes > 0 && log.size >= maxBytes) await rotate(own)
    },
    async finish (text) {
      if (current?.target.own === null) await current.target.append(text())
    },
    tail: async (lines) => await readTail({ file, lines }),
    close,
  }
}

async function readTail ({ file, lines }: { file: string, lines: number }): Promise<Tail | null> {
  const handle = await openOwnLog(file)
  if (handle === null) return null
  try {
    const { size } = await handle.stat()
    const start = Math.max(0, size - TAIL_BYTES)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, size - start, start)
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
