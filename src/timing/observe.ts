import { CodedError, type ErrorCode } from '../errors.js'

/** How a call ended, for whoever counts: `done`, or the code of its error. */
export type Outcome = 'done' | ErrorCode

export interface ObservedCall {
  /** The method's name. */
  operation: string
  seconds: number
  outcome: Outcome
}

/** Runs it, and tells how long it took and with which error it ended, null for none. */
export async function timed<Result> (run: () => Promise<Result>, onEnd: (seconds: number, error: unknown) => void): Promise<Result> {
  const begun = performance.now()
  const end = (error: unknown) => onEnd((performance.now() - begun) / 1000, error)
  try {
    const result = await run()
    end(null)
    return result
  } catch (error) {
    end(error)
    throw error
  }
}

type AsyncMethods<Target> = { [Name in keyof Target]: (...parameters: never[]) => Promise<unknown> }

/** The same methods; each call is told once it has ended. */
export function observeCalls<Target extends AsyncMethods<Target>> (target: Target, onCall: (call: ObservedCall) => void): Target {
  const methods = Object.entries<AsyncMethods<Target>[keyof Target]>(target).map(([operation, method]) => [
    operation,
    (...parameters: never[]) => timed(() => method(...parameters), (seconds, error) => onCall({ operation, seconds, outcome: outcomeOf(error) })),
  ])
  return Object.fromEntries(methods)
}

function outcomeOf (error: unknown): Outcome {
  if (error === null) return 'done'
  return error instanceof CodedError ? error.code : 'INTERNAL_ERROR'
}
