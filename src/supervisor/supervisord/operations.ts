import { CodedError } from '../../errors.js'
import type { Log } from '../log.js'
import type { SendOrder } from './order.js'
import type { ProcessFamily } from './process-family.js'
import type { Reading } from './reading.js'
import { restartProgram } from './restart-program.js'
import { startProgram } from './start-program.js'
import { stopProgram } from './stop-program.js'
import type { OperationResult, ProcessInfo, StartOptions, Supervisor } from '../supervisor.js'
import { createTurns } from './turns.js'

/** What a driver offers for its operations on a program that a supervisor of its own runs. */
export interface ProgramCalls {
  read (program: string, deadlineMs: number): Promise<Reading>
  sendOrder: SendOrder
  /** The last log lines for a failed start; empty where there are none to be had. */
  tail (program: string, deadlineMs: number): Promise<string[]>
}

/** One start or stop on its way. */
export interface Operation {
  program: string
  sendOrder: SendOrder
  look (): Promise<Reading>
  /** Waits until the next look is due; false when the operation timeout is over. */
  wait (): Promise<boolean>
  /** Milliseconds until then. */
  remaining (): number
  failed (process: ProcessInfo, description: string | null): Promise<OperationResult>
  /** The family of which the last stop left something over. */
  leftOver: ProcessFamily | null
  keepLeftOver (family: ProcessFamily | null): void
  log: Pick<Log, 'warn'>
}

/** What an operation has to do after its answer, which others wait for. */
export type GoOn = (rest: (operation: Operation) => Promise<OperationResult>) => void

export interface OperationsOptions {
  calls: ProgramCalls
  operationTimeoutMs: number
  /** Pause between two looks at a program. */
  pollMs: number
  /** Bound of one look at a program. */
  lookMs: number
  log: Pick<Log, 'warn'>
  /** Called when an operation has ended, before it answers. */
  onEnd (): void
}

/** No look at a program takes longer, so that a silent supervisor is noticed early. */
export const LOOK_MS = 2_500
/** Time kept back from the operation timeout for the log tail of a failed start. */
const TAIL_MS = 500
/** A look begun at the very end still gets this long. */
const LAST_LOOK_MS = 400
/** From the answer to a restart until nobody believes any more that the program will stop: stopwaitsecs may be minutes. */
const LONGEST_RESTART_MS = 600_000

const NOT_RESTARTED = 'a restart that was answered while the program was stopping has not come to its end'

/** Start, stop and restart, one at a time for each program, that believe only what the program's state shows afterwards. */
export function createOperations (options: OperationsOptions): Pick<Supervisor, 'start' | 'stop' | 'restart'> {
  const { calls, operationTimeoutMs, pollMs, lookMs, log, onEnd } = options
  const takeTurn = createTurns()
  const leftOvers = new Map<string, ProcessFamily | null>()

  async function operate (
    program: string, action: (operation: Operation, goOn: GoOn) => Promise<OperationResult>, { waitedMs = 0 }: StartOptions = {}
  ): Promise<OperationResult> {
    const deadline = performance.now() + operationTimeoutMs - waitedMs - TAIL_MS
    return await takeTurn(program, deadline, prolong =>
      action(createOperation(program, deadline), rest => prolong(goOn(program, rest))).finally(onEnd))
  }

  async function goOn (program: string, rest: (operation: Operation) => Promise<OperationResult>): Promise<void> {
    try {
      const { outcome, process } = await rest(createOperation(program, performance.now() + LONGEST_RESTART_MS))
      if (outcome === 'failed' || outcome === 'pending') log.warn({ program, state: process.state, description: process.description }, NOT_RESTARTED)
    } catch (error) {
      log.warn({ program, err: error }, NOT_RESTARTED)
    } finally {
      onEnd()
    }
  }

  function createOperation (program: string, deadline: number): Operation {
    const remaining = (): number => Math.ceil(deadline - performance.now())
    let last: Reading | null = null

    async function look (): Promise<Reading> {
      const left = remaining()
      try {
        last = await calls.read(program, Math.max(LAST_LOOK_MS, Math.min(lookMs, left)))
        return last
      } catch (error) {
        // A look that was cut short by the operation timeout says nothing against the supervisor. Timers may be early by a fraction of a millisecond.
        if (last !== null && left <= lookMs && isTimeout(error)) return last
        throw error
      }
    }

    return {
      program,
      sendOrder: calls.sendOrder,
      look,
      wait: () => waitFor(Math.min(pollMs, remaining())),
      remaining,
      failed,
      leftOver: leftOvers.get(program) ?? null,
      keepLeftOver: family => { leftOvers.set(program, family) },
      log,
    }
  }

  async function failed (process: ProcessInfo, description: string | null): Promise<OperationResult> {
    const tail = await calls.tail(process.name, TAIL_MS).catch(ignoreSupervisorTrouble)
    return { outcome: 'failed', process: { ...process, description }, log_tail: tail }
  }

  return {
    start: (program, options) => operate(program, startProgram, options),
    stop: program => operate(program, stopProgram),
    restart: (program, options) => operate(program, restartProgram, options),
  }
}

async function waitFor (milliseconds: number): Promise<boolean> {
  if (milliseconds <= 0) return false
  await new Promise(resolve => setTimeout(resolve, milliseconds))
  return true
}

function isTimeout (error: unknown): boolean {
  return error instanceof CodedError && error.code === 'SUPERVISOR_TIMEOUT'
}

/** The log tail is an extra: the failed start itself is the answer. */
function ignoreSupervisorTrouble (error: unknown): string[] {
  if (error instanceof CodedError) return []
  throw error
}
