import type { LogFile } from './log-file.js'
import type { Log } from '../../log.js'

/** More waits for a slow disk only at the price of memory. Bytes. */
const MAX_WAITING = 8 * 1024 ** 2
/** One write takes no more bytes, so that a file outgrows its limit by no more. */
const MAX_WRITE = 1024 ** 2
/** A program that prints line by line would otherwise cost a write a line. */
const COLLECT_MS = 10

/** A piece of output as it was written, and the lines that ended in it. */
interface Entry { chunk: Buffer, lines: Buffer[] }

export interface LogWriter {
  /** Never waits: what comes while the file is written to is written together. */
  push (entry: Entry): void
  /** The end of a run: everything is written; the text goes to what is no file of its own. */
  finish (lines: Buffer[]): Promise<void>
}

/** Writes the output of a program's runs to the log file. Where the disk is too slow or full, output is lost, and the service's log says so. */
export function createLogWriter ({ file, logFile, readable, log }: {
  file: string, logFile: LogFile, readable: (lines: Buffer) => string, log: Log
}): LogWriter {
  let waiting: Entry[] = []
  let waitingBytes = 0
  let lost = 0
  let writing: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null
  let trouble = ''

  async function writeAll (): Promise<void> {
    while (waiting.length > 0) {
      const entries = takeWaiting()
      const lines = (): string => readable(Buffer.concat(entries.flatMap((entry) => entry.lines)))
      await logFile.append(Buffer.concat(entries.map(({ chunk }) => chunk)), lines).then(() => { trouble = '' }, reportOnce)
    }
    if (lost > 0) log.warn({ file, bytes: lost }, 'the program\'s log file was written too slowly; output is missing in it')
    lost = 0
    writing = null
  }

  function begin (): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (waiting.length > 0) writing ??= writeAll()
  }

  function takeWaiting (): Entry[] {
    let bytes = 0
    const count = waiting.findIndex(({ chunk }) => (bytes += chunk.length) >= MAX_WRITE) + 1 || waiting.length
    const entries = waiting.slice(0, count)
    waiting = waiting.slice(count)
    waitingBytes -= entries.reduce((sum, { chunk }) => sum + chunk.length, 0)
    return entries
  }

  /** A full disk would otherwise fill the service's own log with one line for every write. */
  function reportOnce ({ code = 'unknown' }: NodeJS.ErrnoException): void {
    if (code !== trouble) log.warn({ file, code }, 'the program\'s log file cannot be written; its lines are kept in memory only')
    trouble = code
  }

  return {
    push (entry) {
      if (waitingBytes > MAX_WAITING) {
        lost += entry.chunk.length
        return
      }
      waiting.push(entry)
      waitingBytes += entry.chunk.length
      if (writing === null) timer ??= setTimeout(begin, COLLECT_MS)
    },
    async finish (lines) {
      begin()
      await writing
      await logFile.finish(() => readable(Buffer.concat(lines))).catch(reportOnce)
    },
  }
}
