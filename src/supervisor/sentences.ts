import type { ProcessInfo, ProcessState } from './supervisor.js'

const PREDICATES: Record<ProcessState, string> = {
  RUNNING: 'has been started.',
  STARTING: 'is starting.',
  STOPPING: 'is stopping.',
  BACKOFF: 'is restarting after a crash.',
  FATAL: 'failed to start.',
  STOPPED: 'has been stopped.',
  EXITED: 'has been stopped.',
  UNKNOWN: 'is in a state that the supervisor does not know.',
}

/** Names processes, such as "pid 4711, 4712". */
export function describePids (pids: number[]): string {
  return `pid ${pids.join(', ')}`
}

export type Subject = 'Generator' | 'Program'

/** Returns the sentence of the status endpoints, like "Generator has been started." */
export function describeProcess (subject: Subject, { state, started_at: startedAt, orphan_pids: orphans = [] }: ProcessInfo): string {
  if (orphans.length > 0) return `${subject} still runs as process ${orphans.join(', ')}, which its supervisord has lost: a stop ends it.`
  if (state === 'STOPPED' && startedAt === null) return `${subject} hasn't been started yet.`
  return `${subject} ${PREDICATES[state]}`
}
