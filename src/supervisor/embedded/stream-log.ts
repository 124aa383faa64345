import type { Readable } from 'node:stream'
import { cleanLine } from '../clean-lines.js'
import { createLineFeed } from './line-feed.js'
import { createLineRing } from './line-ring.js'
import { createLineSplitter, type LinePiece } from './line-splitter.js'
import { createLogFile } from './log-file.js'
import type { Log } from '../log.js'
import type { LogConfiguration } from './program-conf.js'
import type { Redactor } from '../../redaction/redactor.js'

const RING = { maxLines: 1_000, maxCharacters: 1024 ** 2 }

export interface StreamLog {
  /** Takes in a run's output until its pipe ends; never throws. Every line also goes to `onLine`. */
  consume (output: Readable, onLine: (line: string) => void): Promise<void>
  tail (lines: number): Promise<string[]>
  follow (signal: AbortSignal): AsyncIterable<string>
  close (): Promise<void>
}

/**
 * The log of one stream of a program, over all its runs: lines in memory, and the file where there is one. Only that file
 * has the secrets which the program prints.
 */
export function createStreamLog ({ configuration, redactor, log }: {
  configuration: LogConfiguration, redactor: Redactor, log: Log
}): StreamLog {
  const { file } = configuration
  const ring = createLineRing(RING)
  const feed = createLineFeed()
  /** Each tells what has come of a run's unfinished line. */
  const partials = new Set<() => string>()
  const logFile = file === null ? null : createLogFile({ ...configuration, file })
  let fileTrouble = ''

  async function writing (work: Promise<void> | undefined): Promise<void> {
    try {
      await work
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
      // The program reads the configuration at its start, and may print it.
      await redactor.refresh()
      const splitter = createLineSplitter()
      const lines = redactor.lines()
      const partial = (): string => lines.withHeld(cleanLine(splitter.partial()))
      partials.add(partial)
      const take = ({ text, goesOn }: LinePiece): string => {
        const line = lines.push(cleanLine(text), goesOn)
        ring.push(line)
        onLine(line)
        feed.publish(line)
        return goesOn ? line : `${line}\n`
      }
      try {
        for await (const chunk of output) {
          const text = splitter.push(chunk).map(take).join('')
          await writing(logFile?.append(chunk, text))
        }
      } catch (error) {
        log.info({ err: error }, 'a program\'s output was closed')
      }
      const rest = splitter.end().map(take).join('')
      await logFile?.finish(rest).catch(reportOnce)
      partials.delete(partial)
    },
    async tail (lines) {
      const written = await logFile?.tail(lines).catch(() => null) ?? null
      if (written !== null) return redactor.redactTail(written.lines.map(cleanLine), written.endsOpen)
      const unfinished = [...partials].map((partial) => partial()).filter((line) => line !== '')
      const found = [...ring.last(lines), ...unfinished.flatMap((line) => redactor.redactTail([line], true))]
      return lines > 0 ? found.slice(-lines) : []
    },
    follow: (signal) => feed.follow(signal),
    async close () {
      feed.end()
      await logFile?.close().catch(reportOnce)
    },
  }
}
