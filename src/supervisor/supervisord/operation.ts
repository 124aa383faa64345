import { setTimeout as delay } from 'node:timers/promises'
import { CodedError } from '../../errors.js'
import type { Log, OperationResult, ProcessInfo } from '../supervisor.js'
import { createOrder, type Order, type SendOrder, type Verb } from './order.js'
import type { Orphan } from './processes/orphan-watch.js'
import type { ProcessFamily } from './processes/process-family.js'
import type { Reading } from './reading.js'

/** A driver's calls for operations on a program that a foreign supervisor runs. */
export interface ProgramCalls {
  read (program: string, deadlineMs: number): Promise<Reading>
  sendOrder: SendOrder
  /** Returns processes of the program that still run and that the supervisor has lost. */
  orphans (program: string): Promise<Orphan[]>
  /** Returns the last log lines for a failed start, or none. */
  tail (program: string, deadlineMs: number): Promise<string[]>
}

export interface OperationOptions {
  program: string
  calls: ProgramCalls
  /** The answer is due at `answerAt`, the last look at `deadline`, both by `performance.now()`. */
  answerAt: number
  deadline: number
  pollMs: number
  /** Bounds one look at a program. */
  lookMs: number
  /** The families that outlived the last stop, by program. */
  leftOvers: Map<string, ProcessFamily | null>
  log: Pick<Log, 'warn'>
  /** Aborts when the driver closes. An operation under way then ends with its next look. */
  closing: AbortSignal
}

/** The part of the operation timeout that stays for the log tail of a failed start. */
export const TAIL_MS = 500
/** A look begun at the very end still gets this long. */
const LAST_LOOK_MS = 400

export type Operation = ReturnType<typeof createOperation>

export function createOperation (options: OperationOptions) {
  const { program, calls, answerAt, pollMs, lookMs, leftOvers, log, closing } = options
  let { deadline } = options
  let isOrdered = false
  let hasSeenSince = false
  let last: Reading | null = null
  let trouble: CodedError | null = null
  let underWay: Promise<unknown> = Promise.resolve()

  const remaining = (): number => Math.ceil(deadline - performance.now())

  /** Looks at the program. Null: the look failed after an order. Throws if it failed before any order. */
  function look (): Promise<Reading | null> {
    const begun = lookOnce()
    underWay = begun.catch(() => {})
    return begun
  }

  async function lookOnce (): Promise<Reading | null> {
    try {
      last = await calls.read(program, lookLimit())
      hasSeenSince ||= isOrdered
      return last
    } catch (error) {
      if (closing.aborted || !isTrouble(error)) throw error
      trouble = error
      if (isOrdered || isCutShort(error)) return null
      throw error
    }
  }

  /** No look may be under way when the answer is due, because the answer tells what the last look showed. */
  function lookLimit (): number {
    const left = answerAt - performance.now()
    return Math.max(LAST_LOOK_MS, Math.min(lookMs, left > 0 ? Math.ceil(left) : lookMs))
  }

  /** The operation timeout cut the look short. This says nothing against the supervisor. */
  function isCutShort (error: CodedError): boolean {
    return last !== null && error.code === 'SUPERVISOR_TIMEOUT' && remaining() <= pollMs
  }

  /** Waits until the next look is due. False: the time is over. */
  async function wait (): Promise<boolean> {
    const milliseconds = Math.min(pollMs, remaining())
    if (milliseconds <= 0) return false
    await delay(milliseconds)
    return true
  }

  return {
    program,
    /** Creates an unsent order. A failed look is no answer from then on. */
    createOrder (verb: Verb): Order {
      isOrdered = true
      return createOrder({ verb, program, sendOrder: calls.sendOrder })
    },
    look,
    wait,
    /** Returns the next look that the supervisor answers. Null: the time is over. */
    async lookAgain (): Promise<Reading | null> {
      while (await wait()) {
        const reading = await look()
        if (reading !== null) return reading
      }
      return null
    },
    remaining,
    /** Returns the result when the time is over. Throws the last look's error if no look succeeded since the order. */
    async unsettled (): Promise<OperationResult> {
      await underWay
      if (last === null || (isOrdered && !hasSeenSince && trouble !== null)) throw trouble
      return { outcome: 'pending', process: last.process }
    },
    async failed (process: ProcessInfo, description: string | null, pids: number[] = []): Promise<OperationResult> {
      const tail = await calls.tail(process.name, TAIL_MS).catch(ignoreTrouble)
      return { outcome: 'failed', process: { ...process, description }, log_tail: tail, pids }
    },
    orphans: () => calls.orphans(program),
    /** Waits as long as between two looks. */
    pause: () => delay(pollMs),
    /** Moves the deadline to the answer, because nothing is left to do after it. */
    needsNoMore () { deadline = Math.min(deadline, answerAt) },
    /** The family that outlived the last stop before this operation. */
    leftOver: leftOvers.get(program) ?? null,
    leftOvers,
    log,
  }
}

function isTrouble (error: unknown): error is CodedError {
  return error instanceof CodedError && (error.code === 'SUPERVISOR_TIMEOUT' || error.code === 'SUPERVISOR_UNAVAILABLE')
}

/** A log tail is an extra, because the failed start itself is the answer. */
export function ignoreTrouble (error: unknown): string[] {
  if (error instanceof CodedError) return []
  throw error
}
