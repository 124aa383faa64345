import { rename, rm } from 'node:fs/promises'
import { openLogTarget, openOwnLog, type LogTarget } from './log-target.js'
import type { LogConfiguration } from '../conf/program.js'

/** The largest part of a log file that is read, in bytes. */
const TAIL_BYTES = 1024 ** 2

export type LogFile = ReturnType<typeof createLogFile>

/**
 * Appends to a program's log file. At `maxBytes` it becomes `.1`, `.1` becomes `.2`, and so on up to `backups`. A target that
 * is not the program's own is only appended to. `append` and `tail` throw file system errors. Only one append may be under
 * way.
 */
export function createLogFile ({ file, maxBytes, backups }: LogConfiguration & { file: string }) {
  let target: LogTarget | null = null
  let size = 0

  async function close (): Promise<void> {
    const closing = target
    target = null
    await closing?.close()
  }

  async function rotate (): Promise<void> {
    if (backups === 0) await rm(file)
    for (let number = backups; number > 0; number--) {
      await renameIfThere(number === 1 ? file : `${file}.${number - 1}`, `${file}.${number}`)
    }
  }

  return {
    /** `text` gives the clean lines for a target that is not the program's own, such as the service's standard output. */
    async append (chunk: Buffer, text: () => string) {
      if (target === null) {
        target = await openLogTarget(file)
        size = target.size
      }
      const { own } = target
      await target.append(own === null ? text() : chunk)
      size += chunk.length
      if (own === null || maxBytes === 0 || size < maxBytes) return
      const isInPlace = await own.isInPlace()
      await close()
      // Another program may have put a file in its place, which is not ours to move.
      if (isInPlace) await rotate()
    },
    /** Ends a run: gives the last lines to a target that is not the program's own. */
    async finish (text: () => string) {
      if (target?.own === null) await target.append(text())
    },
    /** Returns the last lines as written. Null: the path is not the program's own, such as /dev/stdout. */
    tail: async (lines: number) => await readTail(file, lines),
    close,
  }
}

async function readTail (file: string, lines: number): Promise<{ lines: string[], endsOpen: boolean } | null> {
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
