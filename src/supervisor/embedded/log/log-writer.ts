import type { Log } from '../../supervisor.js'
import type { LogFile } from './log-file.js'

/** The bytes that may wait for a slow disk. */
const MAX_WAITING = 8 * 1024 ** 2
/** The bytes of one write, so that a file outgrows its limit by no more. */
const MAX_WRITE = 1024 ** 2
/** Without this pause, a program that prints line by line would cost a write for each line. */
const COLLECT_MS = 10

/** Writes output to the log file. A disk that is too slow or full loses output, and the service's log says so. */
export function createLogWriter ({ file, logFile, readable, log }: {
  file: string, logFile: LogFile, readable: (lines: Buffer) => string, log: Log
}) {
  /** Pieces of output as they were written, each with the lines that ended in it. */
  const waiting: { chunk: Buffer, lines: Buffer[] }[] = []
  let waitingBytes = 0
  let lost = 0
  let writing: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null
  let trouble = ''

  /** Never waits. Output that comes during a write is written together. */
  function push (entry: typeof waiting[number]): void {
    if (waitingBytes > MAX_WAITING) {
      lost += entry.chunk.length
      return
    }
    waiting.push(entry)
    waitingBytes += entry.chunk.length
    if (writing === null) timer ??= setTimeout(begin, COLLECT_MS)
  }

  function begin (): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (waiting.length > 0) writing ??= writeAll()
  }

  async function writeAll (): Promise<void> {
    while (waiting.length > 0) {
      const entries = takeWaiting()
      const lines = (): string => readable(Buffer.concat(entries.flatMap(entry => entry.lines)))
      await logFile.append(Buffer.concat(entries.map(({ chunk }) => chunk)), lines).then(() => { trouble = '' }, reportOnce)
    }
    if (lost > 0) log.warn({ file, bytes: lost }, 'the program\'s log file was written too slowly; output is missing in it')
    lost = 0
    writing = null
  }

  function takeWaiting (): typeof waiting {
    let bytes = 0
    const count = waiting.findIndex(({ chunk }) => (bytes += chunk.length) >= MAX_WRITE) + 1 || waiting.length
    const entries = waiting.splice(0, count)
    waitingBytes -= entries.reduce((sum, { chunk }) => sum + chunk.length, 0)
    return entries
  }

  /** Ends a run: writes everything, and gives the last lines to a target that is not the program's own. */
  async function finish (lines: Buffer[]): Promise<void> {
    begin()
    await writing
    await logFile.finish(() => readable(Buffer.concat(lines))).catch(reportOnce)
  }

  /** A full disk would otherwise fill the service's own log with one line for every write. */
  function reportOnce ({ code = 'unknown' }: NodeJS.ErrnoException): void {
    if (code !== trouble) log.warn({ file, code }, 'the program\'s log file cannot be written; its lines are kept in memory only')
    trouble = code
  }

  return { push, finish }
}
