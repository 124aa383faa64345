import type { Redactor } from '../../redaction/redactor.js'
import { CodedError } from '../../errors.js'
import { within } from '../../timing/deadline.js'
import type { Log, OperationResult, StartOptions, Supervisor } from '../supervisor.js'
import { createOperation, type Operation, type OperationOptions, TAIL_MS } from './operation.js'
import { refuseOrphan } from './processes/orphans.js'
import type { ProcessFamily } from './processes/process-family.js'
import { startProgram } from './start-program.js'
import { stopProgram, stopSupervised } from './stop-program.js'

/** The options of both drivers. */
export interface ForeignSupervisorOptions {
  operationTimeoutMs: number
  /** A private folder for `supervisord-*` files. Only this instance knows about an orphan if there is none. */
  stateFolder?: string
  /** Removes secrets from what the supervisor says. */
  redactor?: Redactor
  log: Pick<Log, 'warn'>
}

/** Bounds one look at a program, so that a silent supervisor is noticed early. */
export const LOOK_MS = 2_500
/** A restart may go on for long after its answer. An operation cancels its order at its end. */
export const LONGEST_ORDER_MS = 900_000
/** The longest wait for a stop after a restart's answer. stopwaitsecs may be minutes. */
const LONGEST_RESTART_MS = 600_000
/** An order with less time than this would end before its effect is known. */
const LEAST_MS = 100

const NOT_RESTARTED = 'a restart did not finish after its answer'

interface OperationsOptions extends Omit<OperationOptions, 'program' | 'answerAt' | 'deadline' | 'leftOvers'> {
  operationTimeoutMs: number
  /** Runs when an operation has ended, before its answer. */
  onEnd (): void
}

/** Runs one order at a time for each program. Believes what the program's state shows afterwards, not the answer. */
export function createOperations ({ operationTimeoutMs, onEnd, ...options }: OperationsOptions): Pick<Supervisor, 'start' | 'stop' | 'restart'> {
  const takeTurn = createTurns()
  const leftOvers = new Map<string, ProcessFamily | null>()

  async function operate (
    program: string, action: (operation: Operation) => Promise<OperationResult>, { waitedMs = 0, goesOnMs = 0 }: StartOptions & { goesOnMs?: number } = {}
  ): Promise<OperationResult> {
    const answerAt = performance.now() + operationTimeoutMs - waitedMs - TAIL_MS
    return await takeTurn(program, answerAt, async prolong => {
      const operation = createOperation({ ...options, program, answerAt, deadline: answerAt + goesOnMs, leftOvers })
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
      if (!isOnItsWay) options.log.warn({ program, state: process.state, description: process.description }, NOT_RESTARTED)
    } catch (error) {
      if (!options.closing.aborted) options.log.warn({ program, err: error }, NOT_RESTARTED)
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

export function unknownProgram (program: string, cause?: unknown): CodedError {
  const message = `The supervisor has no program ${program}; check the names of its [program:…] sections.`
  return new CodedError('PROGRAM_NOT_FOUND', message, { cause })
}

/** Goes on after the answer until the supervisor takes the start, because the program must not stay stopped. */
async function restartProgram (operation: Operation): Promise<OperationResult> {
  const stopped = await stopSupervised(operation, refuseOrphan)
  return stopped.outcome === 'failed' || stopped.outcome === 'pending' ? stopped : await startProgram(operation)
}

/**
 * Runs one action at a time for each program, in the order of the calls. `deadline` is in milliseconds of
 * `performance.now()`. An action keeps its turn until the promise that it gives to `prolong` is settled, which must not
 * reject. Throws SUPERVISOR_TIMEOUT, and never runs the action, when its turn comes too late.
 */
export function createTurns () {
  const last = new Map<string, Promise<void>>()

  return async function takeTurn<T> (program: string, deadline: number, action: (prolong: (rest: Promise<void>) => void) => Promise<T>): Promise<T> {
    const before = last.get(program) ?? Promise.resolve()
    let end!: () => void
    const ended = new Promise<void>(resolve => { end = resolve })
    const mine = before.then(() => ended)
    last.set(program, mine)
    mine.then(() => { if (last.get(program) === mine) last.delete(program) })
    let rest = Promise.resolve()
    try {
      const hasTurn = await within(deadline - LEAST_MS - performance.now(), before.then(() => true), () => false)
      if (!hasTurn) throw busy(program)
      return await action(prolonged => { rest = prolonged })
    } finally {
      rest.then(end)
    }
  }
}

function busy (program: string): CodedError {
  return new CodedError('SUPERVISOR_TIMEOUT', `An earlier start or stop of ${program} is still under way, so nothing was done; try again when it has ended.`)
}
