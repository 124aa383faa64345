import { within } from '../../timing/deadline.js'
import type { Log, OperationResult, StartOptions, Supervisor } from '../supervisor.js'
import { createOperation, type Operation, type ProgramCalls } from './operation.js'
import type { ProcessFamily } from './processes/process-family.js'
import { restartProgram } from './restart-program.js'
import { startProgram } from './start-program.js'
import { stopProgram } from './stop-program.js'
import { createTurns } from './turns.js'

export interface OperationsOptions {
  calls: ProgramCalls
  operationTimeoutMs: number
  pollMs: number
  /** Bounds one look at a program. */
  lookMs: number
  log: Pick<Log, 'warn'>
  /** Aborts when the driver closes. An operation under way then ends with its next look. */
  closing: AbortSignal
  /** Runs when an operation has ended, before its answer. */
  onEnd (): void
}

/** Bounds one look at a program, so that a silent supervisor is noticed early. */
export const LOOK_MS = 2_500
/** The part of the operation timeout that stays for the log tail of a failed start. */
const TAIL_MS = 500
/** The longest wait for a stop after a restart's answer. stopwaitsecs may be minutes. */
const LONGEST_RESTART_MS = 600_000

const NOT_RESTARTED = 'a restart did not finish after its answer'

/** Runs one order at a time for each program. Believes what the program's state shows afterwards, not the answer. */
export function createOperations (options: OperationsOptions): Pick<Supervisor, 'start' | 'stop' | 'restart'> {
  const { operationTimeoutMs, log, onEnd } = options
  const takeTurn = createTurns()
  const leftOvers = new Map<string, ProcessFamily | null>()

  async function operate (
    program: string, action: (operation: Operation) => Promise<OperationResult>, { waitedMs = 0, goesOnMs = 0 }: StartOptions & { goesOnMs?: number } = {}
  ): Promise<OperationResult> {
    const answerAt = performance.now() + operationTimeoutMs - waitedMs - TAIL_MS
    return await takeTurn(program, answerAt, async prolong => {
      const operation = createOperation({
        ...options,
        program,
        answerAt,
        deadline: answerAt + goesOnMs,
        tailMs: TAIL_MS,
        leftOver: leftOvers.get(program) ?? null,
        keepLeftOver: family => { leftOvers.set(program, family) },
      })
      const whole = action(operation)
      if (goesOnMs === 0) return await whole
      return await within(answerAt - performance.now(), whole, () => {
        prolong(report(program, whole))
        return operation.unsettled()
      })
    }).finally(onEnd)
  }

  /** Logs how a restart ended after its answer, because no caller hears of it. */
  async function report (program: string, whole: Promise<OperationResult>): Promise<void> {
    try {
      const { outcome, process } = await whole
      const isOnItsWay = outcome !== 'failed' && (outcome !== 'pending' || process.state === 'STARTING')
      if (!isOnItsWay) log.warn({ program, state: process.state, description: process.description }, NOT_RESTARTED)
    } catch (error) {
      if (!options.closing.aborted) log.warn({ program, err: error }, NOT_RESTARTED)
    } finally {
      onEnd()
    }
  }

  return {
    start: (program, startOptions) => operate(program, startProgram, startOptions),
    stop: program => operate(program, stopProgram),
    restart: (program, startOptions) => operate(program, restartProgram, { ...startOptions, goesOnMs: LONGEST_RESTART_MS }),
  }
}
