import { rename, rm } from 'node:fs/promises'
import { openLogTarget, openOwnLog, type LogTarget } from './log-target.js'
import type { LogConfiguration } from '../program-conf.js'

/** The largest part of a log file that is read, in bytes. */
const TAIL_BYTES = 1024 ** 2

export interface LogFile {
  /** `text` gives the clean lines for a target that is not the program's own, such as the service's standard output. */
  append (chunk: Buffer, text: () => string): Promise<void>
  /** Ends a run: gives the last lines to a target that is not the program's own. */
  finish (text: () => string): Promise<void>
  /** Returns the last lines as written, or null for a path that is not the program's own, such as /dev/stdout. */
  tail (lines: number): Promise<Tail | null>
  close (): Promise<void>
}

interface Tail {
  lines: string[]
  /** The last line is unfinished. */
  endsOpen: boolean
}

/**
 * Appends to a program's log file. At `maxBytes` it becomes `.1`, `.1` becomes `.2`, and so on up to `backups`. A target that
 * is not the program's own is only appended to. `append` and `tail` throw file system errors. Only one append may be under
 * way.
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
    // Another program has put a file in its place, which is not ours to move.
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
