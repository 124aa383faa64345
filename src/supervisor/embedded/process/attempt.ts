import type { RunOutput } from '../log/program-log.js'

/**
 * `up`: the process stayed for startsecs. `stopped`: another request ended it before. `replacedBy`: a restart ended it
 * and gives the next attempt, or null when its stop failed.
 */
export type AttemptEnd = 'up' | 'failed' | 'stopped' | { replacedBy: Promise<Attempt | null> }

/** One try to bring a program up. */
export interface Attempt {
  settled: Promise<AttemptEnd>
  /** Only the first call counts. */
  settle (end: AttemptEnd): void
  /** Null when nothing was spawned. */
  output: RunOutput | null
}

export function createAttempt (): Attempt {
  let settle!: Attempt['settle']
  const settled = new Promise<AttemptEnd>(resolve => { settle = resolve })
  return { settled, settle, output: null }
}
