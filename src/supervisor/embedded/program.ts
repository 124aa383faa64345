import { within } from '../../timing/deadline.js'
import type { FollowOptions, OperationResult, ProcessInfo, StartOptions, Supervisor } from '../supervisor.js'
import type { Redactor } from '../../redaction/redactor.js'
import { type BegunAttempt, createLifecycle } from './lifecycle.js'
import { createProgramLog } from './log/program-log.js'
import type { RunnerOptions } from './process/runner.js'
import { describeProcess } from './program-state.js'

/** The facts have the exit of an earlier run, because this one's is not known yet. */
const STOPPED_BEFORE_UP = { exit_code: null, exit_signal: null, description: 'stopped by another request before it was up' }

export type Program = ReturnType<typeof createProgram>

/** One program, with the operations of `Supervisor`. */
export function createProgram ({ operationTimeoutMs, redactor, ...options }: Omit<RunnerOptions, 'output'> & {
  operationTimeoutMs: number, redactor: Redactor
}) {
  const { name } = options.configuration
  const output = createProgramLog({ ...options, redactor })
  const lifecycle = createLifecycle({ ...options, output })
  const status = (): ProcessInfo => describeProcess(name, lifecycle.facts)

  async function inTime (operation: Promise<OperationResult>, waitedMs = 0): Promise<OperationResult> {
    return await within(operationTimeoutMs - waitedMs, operation, () => ({ outcome: 'pending', process: status() }))
  }

  async function start (): Promise<OperationResult> {
    const begun = await lifecycle.start()
    return begun === null ? { outcome: 'unchanged', process: status() } : await resultOf(begun)
  }

  async function stop (): Promise<OperationResult> {
    const outcome = await lifecycle.stop()
    return outcome === 'failed' ? failedStop() : { outcome, process: status() }
  }

  /** Null: the stop before the attempt has failed. */
  async function resultOf (begun: BegunAttempt | null): Promise<OperationResult> {
    if (begun === null) return failedStop()
    const { attempt, isJoined } = begun
    const end = await attempt.settled
    if (typeof end === 'object') {
      const next = await end.replacedBy
      return await resultOf(next && { attempt: next, isJoined: true })
    }
    if (end === 'up') return { outcome: isJoined ? 'joined' : 'done', process: status() }
    if (end === 'stopped') return { outcome: 'failed', process: { ...status(), ...STOPPED_BEFORE_UP }, log_tail: [] }
    // The last words of a process come after its exit.
    await attempt.output?.settled()
    return { outcome: 'failed', process: status(), log_tail: attempt.output?.recent() ?? [] }
  }

  function failedStop (): OperationResult {
    return { outcome: 'failed', process: status(), log_tail: [], pids: lifecycle.facts.remaining }
  }

  return {
    status,
    /** Begins a start, and does not wait for its result. */
    async spawn () { await lifecycle.start() },
    start: async ({ waitedMs }: StartOptions) => await inTime(start(), waitedMs),
    stop: async () => await inTime(stop()),
    restart: async ({ waitedMs }: StartOptions) => await inTime(lifecycle.restart().then(resultOf), waitedMs),
    logs: async ({ lines, stream }: Parameters<Supervisor['logs']>[1]) => await output.stream(stream).tail(lines),
    follow: ({ stream, ...options }: FollowOptions) => output.stream(stream).follow(options),
    close: lifecycle.close,
  }
}
