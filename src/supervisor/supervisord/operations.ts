import { CodedError } from '../../errors.js'
import type { Log } from '../log.js'
import type { SendOrder } from './order.js'
import type { ProcessFamily } from './process-family.js'
import type { Reading } from './reading.js'
import { startProgram } from './start-program.js'
import { stopProgram } from './stop-program.js'
import type { OperationResult, ProcessInfo, Supervisor } from '../supervisor.js'
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

/** Start, stop and restart, one at a time for each program, that believe only what the program's state shows afterwards. */
export function createOperations (options: OperationsOptions): Pick<Supervisor, 'start' | 'stop' | 'restart'> {
  const { calls, operationTimeoutMs, pollMs, lookMs, log, onEnd } = options
  const takeTurn = createTurns()
  const leftOvers = new Map<string, ProcessFamily | null>()

  function operate (program: string, action: (operation: Operation) => Promise<OperationResult>): Promise<OperationResult> {
    const deadline = performance.now() + operationTimeoutMs - TAIL_MS
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

    return takeTurn(program, deadline, () => action({
      program,
      sendOrder: calls.sendOrder,
      look,
      wait: () => waitFor(Math.min(pollMs, remaining())),
      remaining,
      failed,
      leftOver: leftOvers.get(program) ?? null,
      keepLeftOver: family => { leftOvers.set(program, family) },
      log,
    }).finally(onEnd))
  }

  async function failed (process: ProcessInfo, description: string | null): Promise<OperationResult> {
    const tail = await calls.tail(process.name, TAIL_MS).catch(ignoreSupervisorTrouble)
    return { outcome: 'failed', process: { ...process, description }, log_tail: tail }
  }

  return {
    start: program => operate(program, startProgram),
    stop: program => operate(program, stopProgram),
    restart: program => operate(program, restartProgram),
  }
}

async function restartProgram (operation: Operation): Promise<OperationResult> {
  const stopped = await stopProgram(operation)
  return stopped.outcome === 'failed' || stopped.outcome === 'pending' ? stopped : startProgram(operation)
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
