import { CodedError, type ErrorCode } from '../errors.js'

/** How a call ended: `done`, or the code of its error. */
export type Outcome = 'done' | ErrorCode

export interface ObservedCall {
  operation: string
  seconds: number
  outcome: Outcome
}

/** Runs a function. Reports its duration, and its error or null. */
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

/** Returns the same methods, and reports each call after its end. */
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
