import type { RunOutput } from './program-log.js'

/** `up`: the same process stayed for startsecs; `stopped`: another request ended it before. */
export type AttemptEnd = 'up' | 'failed' | 'stopped'

/** One try to bring a program up. */
export interface Attempt {
  settled: Promise<AttemptEnd>
  /** The first call counts. */
  settle (end: AttemptEnd): void
  /** Null: nothing was spawned. */
  output: RunOutput | null
}

export function createAttempt (): Attempt {
  let settle!: Attempt['settle']
  const settled = new Promise<AttemptEnd>((resolve) => { settle = resolve })
  return { settled, settle, output: null }
}
