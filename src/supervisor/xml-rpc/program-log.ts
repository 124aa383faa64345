import type { Redactor } from '../../redaction/redactor.js'
import { ignoreTrouble } from '../supervisord/operation.js'
import type { LogStream } from '../../../schemas/logs.js'
import type { FollowOptions, LogBatch, Supervisor } from '../supervisor.js'
import { XmlRpcError } from './codec.js'
import { INTERNAL_SERVER_ERROR, type XmlRpcConnection } from './connection.js'
import { isLogMissing, isPastEnd, toCodedError } from './faults.js'
import { followLog, LOG_METHODS, readLastLines, type ReadLog } from './log.js'
import { keepsLog, type ProcessStruct } from './process.js'

export interface ProgramLogs extends Pick<Supervisor, 'logs' | 'follow'> {
  tail (program: string, deadlineMs: number): Promise<string[]>
}

export interface ProgramLogsOptions {
  connection: XmlRpcConnection
  readStruct (program: string, deadlineMs: number): Promise<ProcessStruct>
  redactor: Redactor
  /** Bounds each read. */
  deadlineMs: number
  closing: AbortSignal
}

const STREAMS: readonly LogStream[] = ['stdout', 'stderr']
const TAIL_LINES = 10

export function createProgramLogs ({ connection, readStruct, redactor, deadlineMs, closing }: ProgramLogsOptions): ProgramLogs {
  /** Null: the supervisor keeps no such log. */
  async function open (program: string, stream: LogStream, deadlineMs: number): Promise<ReadLog | null> {
    const struct = await readStruct(program, deadlineMs)
    if (!keepsLog(struct, stream)) return null
    let hasRun = struct.start > 0

    async function read (offset: number, length: number): Promise<string> {
      // Go hangs up on a request for the log of a program that never ran.
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
    return await isReadable(read) ? (offset, length) => read(offset, length).catch(rethrow) : null
  }

  async function readLines (program: string, { lines, stream }: { lines: number, stream: LogStream }, deadlineMs: number): Promise<string[] | null> {
    const read = await open(program, stream, deadlineMs)
    if (read === null) return null
    await redactor.refresh()
    return await readLastLines({ read, lines, redactor })
  }

  /** One unreadable stream must not hide the other. */
  async function tail (program: string, deadlineMs: number): Promise<string[]> {
    const tails = await Promise.all(STREAMS.map(stream => readLines(program, { lines: TAIL_LINES, stream }, deadlineMs).catch(ignoreTrouble)))
    return tails.flatMap(lines => lines ?? [])
  }

  async function follow (program: string, { stream, signal, ...from }: FollowOptions): Promise<AsyncIterable<LogBatch> | null> {
    const read = await open(program, stream, deadlineMs)
    return read === null ? null : followLog({ read, redactor, signal: AbortSignal.any([signal, closing]), ...from })
  }

  return { logs: (program, options) => readLines(program, options, deadlineMs), tail, follow }
}

async function isReadable (read: ReadLog): Promise<boolean> {
  try {
    await read(0, 1)
    return true
  } catch (error) {
    if (isLogMissing(error)) return false
    if (error instanceof XmlRpcError && error.code === INTERNAL_SERVER_ERROR) return true
    throw toCodedError(error, null)
  }
}

/** The reader handles HTTP 500, see log.ts. */
function rethrow (error: unknown): never {
  throw error instanceof XmlRpcError && error.code === INTERNAL_SERVER_ERROR ? error : toCodedError(error, null)
}
