import type { LogStream } from '../../schemas/logs.js'

/** States of a supervised program, named as in Supervisor's documentation. */
export type ProcessState = 'STOPPED' | 'STARTING' | 'RUNNING' | 'BACKOFF' | 'STOPPING' | 'EXITED' | 'FATAL' | 'UNKNOWN'

/** What a supervisor knows about a program. A field that it cannot tell is null. */
export interface ProcessInfo {
  name: string
  state: ProcessState
  pid: number | null
  uptime_seconds: number | null
  /** ISO 8601, UTC; null: never started, or not known. */
  started_at: string | null
  stopped_at: string | null
  /** Exit code of the last run that ended; null while none has, or when a signal ended it. */
  exit_code: number | null
  /** Signal that ended the last run, like `SIGKILL`. */
  exit_signal: string | null
  /** Automatic restarts since the last start that was asked for. */
  restarts: number | null
  /** The supervisor's own remark, such as why the program could not be spawned. */
  description: string | null
  /** Pids of earlier processes of the program that still run although their supervisord is gone; absent: none is known. */
  orphan_pids?: number[]
}

/**
 * The result of start, stop or restart:
 * - `done`: it happened, and `process` shows it;
 * - `joined`: as done, of a start or restart that another order had begun, or that took the place of this one's;
 * - `unchanged`: there was nothing to do (running already, not running);
 * - `pending`: not settled when the operation timeout ended, still under way;
 * - `failed`: the program ended before it was up (start, restart), or something of it is still there (stop), with its
 *   `pids` as far as they are known.
 */
export type OperationResult =
  | { outcome: 'done' | 'joined' | 'unchanged' | 'pending', process: ProcessInfo }
  | { outcome: 'failed', process: ProcessInfo, log_tail: string[], pids?: number[] }

export interface StartOptions {
  /** How much of the operation timeout whoever asks has waited already. */
  waitedMs?: number
}

export interface FollowOptions {
  stream: LogStream
  signal: AbortSignal
  /** How many of the last lines come first. */
  lines?: number
  /** The position of a line behind which to go on, instead of `lines`. */
  after?: string | undefined
}

/**
 * Lines of a log that came together, each with its position; or a notice: `gap`, lines before the next batch are missing;
 * `dropped`, the reader was too slow, and nothing follows.
 */
export type LogBatch = { lines: string[], positions: string[] } | { notice: 'gap' | 'dropped' }

export interface CloseOptions {
  /** How much of the time for the end of the service has passed already. */
  waitedMs?: number
}

/**
 * One way to drive a process supervisor. Every call ends within the driver's deadline, and throws a CodedError
 * `PROGRAM_NOT_FOUND`, `SUPERVISOR_UNAVAILABLE` or `SUPERVISOR_TIMEOUT`; start and restart `PROGRAM_ORPHANED` too.
 */
export interface Supervisor {
  /** Names of all programs. */
  programs (): Promise<string[]>
  status (program: string): Promise<ProcessInfo>
  /** Done only when the same process has stayed up for the program's startsecs. */
  start (program: string, options?: StartOptions): Promise<OperationResult>
  /** Done only when the process and all its children are gone. */
  stop (program: string): Promise<OperationResult>
  /** Starts a program that is not running. One that is answered as pending goes on until the program has started again. */
  restart (program: string, options?: StartOptions): Promise<OperationResult>
  /** The last lines, oldest first, without control characters; null where the supervisor keeps no log. */
  logs (program: string, options: { lines: number, stream: LogStream }): Promise<string[] | null>
  /** New lines as they come, until the signal aborts; null where the supervisor keeps no log. */
  follow (program: string, options: FollowOptions): Promise<AsyncIterable<LogBatch> | null>
  /** Ends what the driver itself started or opened: the embedded supervisor stops its programs, the others disconnect. */
  close (options?: CloseOptions): Promise<void>
}
