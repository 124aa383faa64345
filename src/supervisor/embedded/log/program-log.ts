import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import type { LogStream } from '../../../../schemas/logs.js'
import type { Redactor } from '../../../redaction/redactor.js'
import { within } from '../../../timing/deadline.js'
import type { Log } from '../../supervisor.js'
import type { ProgramConfiguration } from '../conf/program.js'
import { createByteRing } from './byte-ring.js'
import { readableLines } from './line-blocks.js'
import { createStreamLog } from './stream-log.js'

export type ProgramChild = ChildProcessByStdio<null, Readable, Readable>

/** The lines of the run's output that a failed start shows. */
const RECENT_LINES = 20
const RECENT_BYTES = 64 * 1024
/** The time that output may keep coming after the process has ended. A lost child could hold the pipe for ever. */
const LAST_OUTPUT_MS = 500

export type ProgramLog = ReturnType<typeof createProgramLog>
/** Reads what one run writes. */
export type RunOutput = ReturnType<ProgramLog['attach']>

export function createProgramLog ({ configuration, redactor, log }: {
  configuration: ProgramConfiguration, redactor: Redactor, log: Log
}) {
  const streams = {
    stdout: createStreamLog({ configuration: configuration.stdout, redactor, log }),
    stderr: createStreamLog({ configuration: configuration.stderr, redactor, log }),
  }

  function attach (child: ProgramChild) {
    const ring = createByteRing({ size: RECENT_BYTES })
    const ended = Promise.all([
      streams.stdout.consume(child.stdout, ring.push),
      streams[configuration.redirectStderr ? 'stdout' : 'stderr'].consume(child.stderr, ring.push),
    ])

    /** Waits for the end of the output, but not for long. */
    async function settled (): Promise<void> {
      await within<unknown>(LAST_OUTPUT_MS, ended, () => {})
    }

    return {
      settled,
      /** Closes the output after it is settled. */
      async finish () {
        await settled()
        child.stdout.destroy()
        child.stderr.destroy()
        await ended
      },
      /** Returns the last lines of both streams in order of arrival. */
      recent: () => readableLines(ring.since(ring.startOfLast(RECENT_LINES)).block, redactor),
    }
  }

  return {
    attach,
    stream: (stream: LogStream) => streams[stream],
    async close () {
      await Promise.all([streams.stdout.close(), streams.stderr.close()])
    },
  }
}
