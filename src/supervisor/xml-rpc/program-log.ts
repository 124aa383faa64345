import type { LogStream } from '../../../schemas/logs.js'
import type { Redactor } from '../../redaction/redactor.js'
import { ignoreTrouble } from '../supervisord/operation.js'
import type { FollowOptions, LogBatch } from '../supervisor.js'
import type { XmlRpcConnection } from './connection.js'
import { isLogMissing, isPastEnd, toCodedError } from './faults.js'
import { followLog } from './log-follow.js'
import { isUnreadable, readLastLines, type ReadLog } from './log-reads.js'
import { keepsLog, type ProcessStruct } from './process.js'

const LOG_METHODS: Record<LogStream, string> = { stdout: 'readProcessStdoutLog', stderr: 'readProcessStderrLog' }
const TAIL_LINES = 10

/** Reads the logs of programs. `deadlineMs` bounds each call. `closing` ends all that follow a log. */
export function createProgramLogs ({ connection, readStruct, redactor, deadlineMs, closing }: {
  connection: XmlRpcConnection
  readStruct: (program: string, deadlineMs: number) => Promise<ProcessStruct>
  redactor: Redactor
  deadlineMs: number
  closing: AbortSignal
}) {
  /** Returns null when the supervisor keeps no such log. */
  async function open (program: string, stream: LogStream, deadlineMs: number): Promise<ReadLog | null> {
    const struct = await readStruct(program, deadlineMs)
    if (!keepsLog(struct, stream)) return null
    let hasRun = struct.start > 0

    async function read (offset: number, length: number): Promise<string> {
      // Go closes the connection when it is asked for the log of a program that never ran.
      hasRun ||= (await readStruct(program, deadlineMs)).start > 0
      if (!hasRun) return ''
      try {
        const [text] = await connection.call(LOG_METHODS[stream], [program, offset, length], { deadlineMs })
        return String(text)
      } catch (error) {
        if (isPastEnd(error)) return ''
        throw error
      }
    }
    try {
      await read(0, 1)
    } catch (error) {
      if (isLogMissing(error)) return null
      if (!isUnreadable(error)) throw toCodedError(error, null)
    }
    return (offset, length) => read(offset, length).catch(error => {
      if (closing.aborted) return ''
      // The readers of the log deal with a piece that cannot be read.
      throw isUnreadable(error) ? error : toCodedError(error, null)
    })
  }

  async function logs (program: string, { lines, stream }: { lines: number, stream: LogStream }, limitMs = deadlineMs): Promise<string[] | null> {
    const read = await open(program, stream, limitMs)
    if (read === null) return null
    await redactor.refresh()
    return await readLastLines({ read, lines, redactor })
  }

  /** Returns the last lines of both streams, or of the one that can be read. */
  async function tail (program: string, limitMs: number): Promise<string[]> {
    const streams: LogStream[] = ['stdout', 'stderr']
    const tails = await Promise.all(streams.map(stream => logs(program, { lines: TAIL_LINES, stream }, limitMs).catch(ignoreTrouble)))
    return tails.flatMap(lines => lines ?? [])
  }

  async function follow (program: string, { stream, signal, ...from }: FollowOptions): Promise<AsyncIterable<LogBatch> | null> {
    const read = await open(program, stream, deadlineMs)
    return read === null ? null : followLog({ read, redactor, signal: AbortSignal.any([signal, closing]), ...from })
  }

  return { logs, tail, follow }
}
