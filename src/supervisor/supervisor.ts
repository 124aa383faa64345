import type { LogStream } from '../../schemas/logs.js'

/** Program states, named as in Supervisor's documentation. */
export type ProcessState = 'STOPPED' | 'STARTING' | 'RUNNING' | 'BACKOFF' | 'STOPPING' | 'EXITED' | 'FATAL' | 'UNKNOWN'

/** A supervisor's knowledge about a program. Null: it cannot tell. */
export interface ProcessInfo {
  name: string
  state: ProcessState
  pid: number | null
  uptime_seconds: number | null
  /** ISO 8601, UTC. Null: never started, or unknown. */
  started_at: string | null
  stopped_at: string | null
  /** The exit code of the last ended run. Null: none has ended, or a signal ended it. */
  exit_code: number | null
  exit_signal: string | null
  /** Automatic restarts since the last ordered start. */
  restarts: number | null
  /** The supervisor's own remark, such as why the program could not be spawned. */
  description: string | null
  /** Pids of earlier processes that outlived their supervisord. Absent: none is known. */
  orphan_pids?: number[]
}

/**
 * The result of start, stop or restart:
 * - `done`: it happened, and `process` shows it
 * - `joined`: it happened by another order, which came before this one or replaced it
 * - `unchanged`: there was nothing to do
 * - `pending`: it is still under way at the operation timeout
 * - `failed`: the program ended before it was up, or a stop left processes over, with the known `pids`
 */
export type OperationResult =
  | { outcome: 'done' | 'joined' | 'unchanged' | 'pending', process: ProcessInfo }
  | { outcome: 'failed', process: ProcessInfo, log_tail: string[], pids?: number[] }

export interface StartOptions {
  /** The part of the operation timeout that the caller has waited already. */
  waitedMs?: number
}

export interface FollowOptions {
  stream: LogStream
  signal: AbortSignal
  /** The number of last lines that come first. */
  lines?: number
  /** Continues after the line at this position, instead of `lines`. */
  after?: string | undefined
}

/**
 * Lines of a log that came together, each with its position, or a notice. `gap`: lines before the next batch are
 * missing. `dropped`: the reader was too slow, and nothing follows.
 */
export type LogBatch = { lines: string[], positions: string[] } | { notice: 'gap' | 'dropped' }

export interface CloseOptions {
  /** The part of the shutdown time that has passed already. */
  waitedMs?: number
}

/**
 * Drives a process supervisor. Every call ends within the driver's deadline, or throws PROGRAM_NOT_FOUND,
 * SUPERVISOR_UNAVAILABLE or SUPERVISOR_TIMEOUT. Start and restart also throw PROGRAM_ORPHANED.
 */
export interface Supervisor {
  programs (): Promise<string[]>
  status (program: string): Promise<ProcessInfo>
  /** Done only when one process has stayed up for the program's startsecs. */
  start (program: string, options?: StartOptions): Promise<OperationResult>
  /** Done only when the process and all its children are gone. */
  stop (program: string): Promise<OperationResult>
  /** Starts a stopped program too. A pending restart goes on until the program has started again. */
  restart (program: string, options?: StartOptions): Promise<OperationResult>
  /** Returns the last lines, oldest first, without control characters. Null: the supervisor keeps no log. */
  logs (program: string, options: { lines: number, stream: LogStream }): Promise<string[] | null>
  /** Yields new lines until the signal aborts. Null: the supervisor keeps no log. */
  follow (program: string, options: FollowOptions): Promise<AsyncIterable<LogBatch> | null>
  /** Ends what the driver started or opened. The embedded supervisor stops its programs, the others disconnect. */
  close (options?: CloseOptions): Promise<void>
}

/** The part of pino's logger that the drivers use. */
export interface Log {
  info (details: object, message: string): void
  warn (details: object, message: string): void
  error (details: object, message: string): void
}
