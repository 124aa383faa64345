import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { LogStream } from '../../../../schemas/logs.js'
import { createByteRing } from './byte-ring.js'
import type { Log } from '../../log.js'
import { within } from '../../../timing/deadline.js'
import type { ProgramConfiguration } from '../program-conf.js'
import { readableLines } from './readable-lines.js'
import type { Redactor } from '../../../redaction/redactor.js'
import { createStreamLog, type StreamLog } from './stream-log.js'

export type ProgramChild = ChildProcessByStdio<null, Readable, Readable>

/** What a failed start shows of the run's output. Lines. */
const RECENT_LINES = 20
const RECENT_BYTES = 64 * 1024
/** How long output may keep coming after the process has ended; a process that got away could hold the pipe for ever. */
const LAST_OUTPUT_MS = 500

/** Reads what one run writes. */
export interface RunOutput {
  /** Waits for the end of the output, but not for long. */
  settled (): Promise<void>
  /** Closes the output, once it is settled. */
  finish (): Promise<void>
  /** Its last lines, both streams in order of arrival. */
  recent (): string[]
}

export interface ProgramLog {
  attach (child: ProgramChild): RunOutput
  stream (stream: LogStream): StreamLog
  close (): Promise<void>
}

export function createProgramLog ({ configuration, redactor, log }: {
  configuration: ProgramConfiguration, redactor: Redactor, log: Log
}): ProgramLog {
  const streams = {
    stdout: createStreamLog({ configuration: configuration.stdout, redactor, log }),
    stderr: createStreamLog({ configuration: configuration.stderr, redactor, log }),
  }

  return {
    attach (child) {
      const ring = createByteRing({ size: RECENT_BYTES })
      const ended = Promise.all([
        streams.stdout.consume(child.stdout, ring.push),
        streams[configuration.redirectStderr ? 'stdout' : 'stderr'].consume(child.stderr, ring.push),
      ]).then(() => {})
      const settled = async (): Promise<void> => {
        await within(LAST_OUTPUT_MS, ended, () => {})
      }
      return {
        settled,
        async finish () {
          await settled()
          child.stdout.destroy()
          child.stderr.destroy()
          await ended
        },
        recent: () => readableLines(ring.since(ring.startOfLast(RECENT_LINES)).block, redactor),
      }
    },
    stream: (stream) => streams[stream],
    async close () {
      await Promise.all([streams.stdout.close(), streams.stderr.close()])
    },
  }
}
