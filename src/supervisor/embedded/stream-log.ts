import type { Readable } from 'node:stream'
import { cleanLine } from '../clean-lines.js'
import { createLineFeed } from './line-feed.js'
import { createLineRing } from './line-ring.js'
import { createLineSplitter, type LineSplitter } from './line-splitter.js'
import { createLogFile } from './log-file.js'
import type { Log } from '../log.js'
import type { LogConfiguration } from './program-conf.js'

const RING = { maxLines: 1_000, maxCharacters: 1024 ** 2 }

export interface StreamLog {
  /** Takes in a run's output until its pipe ends; never throws. Every line also goes to `onLine`. */
  consume (output: Readable, onLine: (line: string) => void): Promise<void>
  tail (lines: number): Promise<string[]>
  follow (signal: AbortSignal): AsyncIterable<string>
  close (): Promise<void>
}

/** The log of one stream of a program, over all its runs: lines in memory, and the file where there is one. */
export function createStreamLog ({ configuration, log }: { configuration: LogConfiguration, log: Log }): StreamLog {
  const { file } = configuration
  const ring = createLineRing(RING)
  const feed = createLineFeed()
  const splitters = new Set<LineSplitter>()
  const logFile = file === null ? null : createLogFile({ ...configuration, file })
  let fileTrouble = ''

  async function writeFile (chunk: Buffer): Promise<void> {
    try {
      await logFile?.append(chunk)
      fileTrouble = ''
    } catch (error) {
      reportOnce(error)
    }
  }

  /** A full disk would otherwise fill the service's own log with one line for every write. */
  function reportOnce (error: unknown): void {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    if (code !== fileTrouble) log.warn({ file, code }, 'the program\'s log file cannot be written; its lines are kept in memory only')
    fileTrouble = code
  }

  return {
    async consume (output, onLine) {
      const splitter = createLineSplitter()
      splitters.add(splitter)
      const take = (line: string): void => {
        ring.push(line)
        onLine(line)
        feed.publish(cleanLine(line))
      }
      try {
        for await (const chunk of output) {
          splitter.push(chunk).forEach(take)
          await writeFile(chunk)
        }
      } catch (error) {
        log.info({ err: error }, 'a program\'s output was closed')
      }
      splitter.end().forEach(take)
      splitters.delete(splitter)
    },
    async tail (lines) {
      const written = await logFile?.tail(lines).catch(() => null) ?? null
      const partials = [...splitters].map((splitter) => splitter.partial()).filter((partial) => partial !== '')
      const found = written ?? [...ring.last(lines), ...partials].slice(-lines)
      return found.slice(0, lines).map(cleanLine)
    },
    follow: (signal) => feed.follow(signal),
    async close () {
      feed.end()
      await logFile?.close().catch(reportOnce)
    },
  }
}
