import type { RunOutput } from '../log/program-log.js'

/**
 * `up`: the same process stayed for startsecs; `stopped`: another request ended it before. A restart that ended it gives the
 * attempt that takes its place, or null when its stop failed.
 */
export type AttemptEnd = 'up' | 'failed' | 'stopped' | { replacedBy: Promise<Attempt | null> }

/** An attempt, and whether another request had asked for it before. */
export interface BegunAttempt { attempt: Attempt, isJoined: boolean }

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
