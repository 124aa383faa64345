import type { OperationResult, ProcessInfo, StartOptions, Supervisor } from '../supervisor.js'
import type { Attempt } from './attempt.js'
import { createLifecycle, type LifecycleOptions } from './lifecycle.js'
import { withinTime } from './pause.js'
import { describeProcess } from './program-facts.js'
import { createProgramLog } from './program-log.js'
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
  follow (...parameters: DropFirst<Parameters<Supervisor['follow']>>): AsyncIterable<string>
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
    if (end === 'up') return { outcome: 'done', process: status() }
    if (end === 'stopped') return { outcome: 'failed', process: { ...status(), ...STOPPED_BEFORE_UP }, log_tail: [] }
    // The last words of a process come after its exit.
    await attempt.output?.settled()
    return { outcome: 'failed', process: status(), log_tail: attempt.output?.recent() ?? [] }
  }

  async function start (): Promise<OperationResult> {
    const begun = await lifecycle.start()
    if (begun === null) return { outcome: 'unchanged', process: status() }
    const result = await resultOf(begun.attempt)
    return begun.isJoined && result.outcome === 'done' ? { ...result, outcome: 'joined' } : result
  }

  async function stop (): Promise<OperationResult> {
    const outcome = await lifecycle.stop()
    return outcome === 'failed' ? failedStop() : { outcome, process: status() }
  }

  async function restart (): Promise<OperationResult> {
    const attempt = await lifecycle.restart()
    return attempt === null ? failedStop() : await resultOf(attempt)
  }

  function failedStop (): OperationResult {
    return { outcome: 'failed', process: status(), log_tail: [] }
  }

  return {
    status,
    async spawn () { await lifecycle.start() },
    start: async ({ waitedMs }) => await inTime(start(), waitedMs),
    stop: async () => await inTime(stop()),
    restart: async ({ waitedMs }) => await inTime(restart(), waitedMs),
    logs: async ({ lines, stream }) => await output.stream(stream).tail(lines),
    follow: ({ stream, signal }) => output.stream(stream).follow(signal),
    close: lifecycle.close,
  }
}
