import type { ProcessInfo, ProcessState } from '../supervisor.js'

/** What one look at a program showed. */
export interface Reading {
  process: ProcessInfo
  /** Changes whenever something happened to the program since another look. */
  stamp: string
  /** Another one for each run that an order began; null where the supervisor tells nothing that would do. */
  run: string | null
}

const LIVE: readonly ProcessState[] = ['STARTING', 'RUNNING', 'STOPPING', 'BACKOFF', 'UNKNOWN']

/** Whether a process is there, or will be again without anybody's doing. */
export function isLive (process: ProcessInfo): boolean {
  return LIVE.includes(process.state)
}

export function unixSecondsToIso (seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}

/** How long Go's supervisord may show BACKOFF while it retries; it shows it for ever after a stop. */
const GO_BACKOFF_MS = 2_000

/**
 * Go's supervisord leaves a program that was stopped while starting (since v0.7.4: any that was stopped) in BACKOFF or,
 * where `startretries` is used up, in FATAL. Both say something else everywhere else. `restartpause`, its own option, can
 * make a retry take longer than this allows for.
 */
export function goStateAtEnd ({ state, stopOrdered, stoppedMsAgo }: {
  state: ProcessState, stopOrdered: boolean, stoppedMsAgo: number
}): ProcessState {
  if (state !== 'BACKOFF' && state !== 'FATAL') return state
  if (stopOrdered) return 'EXITED'
  return state === 'BACKOFF' && stoppedMsAgo > GO_BACKOFF_MS ? 'EXITED' : state
}
