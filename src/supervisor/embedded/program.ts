import type { FollowOptions, LogBatch, OperationResult, ProcessInfo, StartOptions, Supervisor } from '../supervisor.js'
import type { Attempt } from './process/attempt.js'
import { createLifecycle, type LifecycleOptions } from './lifecycle.js'
import { withinTime } from './process/pause.js'
import { describeProcess } from './program-facts.js'
import { createProgramLog } from './log/program-log.js'
import type { Redactor } from '../../redaction/redactor.js'

/** One program, by the operations of `Supervisor`. */
export interface Program {
  status (): ProcessInfo
  /** Begins a start, and does not wait for its result. */
  spawn (): Promise<void>
  start (options: StartOptions): Promise<OperationResult>
  stop (): Promise<OperationResult>
  restart (options: StartOptions): Promise<OperationResult>
  logs (...parameters: DropFirst<Parameters<Supervisor['logs']>>): Promise<string[]>
  follow (options: FollowOptions): AsyncIterable<LogBatch>
  close (): Promise<void>
}

type DropFirst<T extends unknown[]> = T extends [unknown, ...infer Rest] ? Rest : never

/** The exit is not known yet: what the program's facts have is the one of an earlier run. */
const STOPPED_BEFORE_UP = { exit_code: null, exit_signal: null, description: 'stopped by another request before it was up' }

export function createProgram ({ operationTimeoutMs, redactor, ...options }: Omit<LifecycleOptions, 'output'> & {
  operationTimeoutMs: number, redactor: Redactor
}): Program {
  const { name } = options.configuration
  const output = createProgramLog({ ...options, redactor })
  const lifecycle = createLifecycle({ ...options, output })
  const status = (): ProcessInfo => describeProcess({ name, facts: lifecycle.facts })

  async function inTime (operation: Promise<OperationResult>, waitedMs = 0): Promise<OperationResult> {
    return await withinTime({ milliseconds: operationTimeoutMs - waitedMs, operation, late: () => ({ outcome: 'pending', process: status() }) })
  }

  async function resultOf (attempt: Attempt): Promise<OperationResult> {
    const end = await attempt.settled
    if (typeof end === 'object') return await resultOfBegun({ attempt: await end.replacedBy, isJoined: true })
    if (end === 'up') return { outcome: 'done', process: status() }
    if (end === 'stopped') return { outcome: 'failed', process: { ...status(), ...STOPPED_BEFORE_UP }, log_tail: [] }
    // The last words of a process come after its exit.
    await attempt.output?.settled()
    return { outcome: 'failed', process: status(), log_tail: attempt.output?.recent() ?? [] }
  }

  async function start (): Promise<OperationResult> {
    const begun = await lifecycle.start()
    return begun === null ? { outcome: 'unchanged', process: status() } : await resultOfBegun(begun)
  }

  async function stop (): Promise<OperationResult> {
    const outcome = await lifecycle.stop()
    return outcome === 'failed' ? failedStop() : { outcome, process: status() }
  }

  async function restart (): Promise<OperationResult> {
    const begun = await lifecycle.restart()
    return begun === null ? failedStop() : await resultOfBegun(begun)
  }

  async function resultOfBegun ({ attempt, isJoined }: { attempt: Attempt | null, isJoined: boolean }): Promise<OperationResult> {
    if (attempt === null) return failedStop()
    const result = await resultOf(attempt)
    return isJoined && result.outcome === 'done' ? { ...result, outcome: 'joined' } : result
  }

  function failedStop (): OperationResult {
    return { outcome: 'failed', process: status(), log_tail: [], pids: lifecycle.facts.remaining }
  }

  return {
    status,
    async spawn () { await lifecycle.start() },
    start: async ({ waitedMs }) => await inTime(start(), waitedMs),
    stop: async () => await inTime(stop()),
    restart: async ({ waitedMs }) => await inTime(restart(), waitedMs),
    logs: async ({ lines, stream }) => await output.stream(stream).tail(lines),
    follow: ({ stream, ...options }) => output.stream(stream).follow(options),
    close: lifecycle.close,
  }
}
