import { CodedError, type ErrorCode } from '../errors.js'

/** The outcome of a call is `done`, or the code of its error. */
export interface ObservedCall { operation: string, seconds: number, outcome: 'done' | ErrorCode }

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
    (...parameters: never[]) => timed(() => method(...parameters), (seconds, error) => {
      const code = error instanceof CodedError ? error.code : 'INTERNAL_ERROR'
      onCall({ operation, seconds, outcome: error === null ? 'done' : code })
    }),
  ])
  return Object.fromEntries(methods)
}
