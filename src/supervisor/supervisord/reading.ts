import type { ProcessInfo, ProcessState } from '../supervisor.js'

export interface Reading {
  process: ProcessInfo
  /** Changes whenever something happens to the program. */
  stamp: string
  /** Differs for each ordered run. Null: the supervisor has no such value. */
  run: string | null
}

const LIVE: readonly ProcessState[] = ['STARTING', 'RUNNING', 'STOPPING', 'BACKOFF', 'UNKNOWN']

/** Tells whether a process exists, or will exist again without an order. */
export function isLive (process: ProcessInfo): boolean {
  return LIVE.includes(process.state)
}

/** The longest time that Go's supervisord shows BACKOFF during a retry. A stop may leave it in BACKOFF for ever. */
const GO_BACKOFF_MS = 2_000

/**
 * Go's supervisord shows BACKOFF or FATAL for a program that was stopped while starting. Releases from v0.7.4 on do so
 * for any stopped program. Its option `restartpause` may stretch a retry beyond the time allowed here.
 */
export function goStateAtEnd ({ state, stopOrdered, stoppedMsAgo }: {
  state: ProcessState, stopOrdered: boolean, stoppedMsAgo: number
}): ProcessState {
  if (state !== 'BACKOFF' && state !== 'FATAL') return state
  if (stopOrdered) return 'EXITED'
  return state === 'BACKOFF' && stoppedMsAgo > GO_BACKOFF_MS ? 'EXITED' : state
}
