import { describePids } from '../sentences.js'
import type { ProcessInfo, ProcessState } from '../supervisor.js'
import type { RunRecord } from './process/run-records.js'
import type { RunExit } from './process/spawn-run.js'

/** The states that may follow each state, as in "Process States" of Supervisor's documentation. */
export const TRANSITIONS: Record<ProcessState, readonly ProcessState[]> = {
  STOPPED: ['STARTING', 'STOPPED', 'UNKNOWN'],
  STARTING: ['RUNNING', 'BACKOFF', 'FATAL', 'STOPPING'],
  RUNNING: ['EXITED', 'STOPPING'],
  BACKOFF: ['STARTING', 'STOPPED', 'UNKNOWN'],
  // A stop that cannot read the process table leaves this state. Another stop, or a start, may follow.
  STOPPING: ['STOPPED', 'UNKNOWN', 'STOPPING', 'STARTING'],
  EXITED: ['STARTING', 'STOPPED', 'UNKNOWN'],
  FATAL: ['STARTING', 'STOPPED', 'UNKNOWN'],
  // A stop has left processes over.
  UNKNOWN: ['STARTING', 'STOPPED', 'UNKNOWN'],
}

/** The facts about a program. Only `enter` changes its state. */
export interface ProgramFacts extends Omit<ProcessInfo, 'name' | 'uptime_seconds'> {
  /** The start in milliseconds of `performance.now()`, a clock that nobody sets. */
  startedAtMonotonic: number
  restarts: number
  /** The processes that the last stop, or the last start before its own, could not end. */
  remaining: number[]
}

/** `record` is what an earlier service knew of the program. */
export function createProgramState (record: RunRecord | undefined) {
  const facts: ProgramFacts = {
    state: 'STOPPED',
    description: null,
    pid: null,
    started_at: record?.startedAt ?? null,
    startedAtMonotonic: 0,
    stopped_at: record?.stoppedAt ?? null,
    exit_code: record?.exitCode ?? null,
    exit_signal: record?.exitSignal ?? null,
    restarts: 0,
    remaining: [],
  }
  return {
    facts,
    /** Changes the state. Throws an Error for a transition that TRANSITIONS does not have. */
    enter (state: ProcessState, description: string | null = null): void {
      if (!TRANSITIONS[facts.state].includes(state)) throw new Error(`A program that is ${facts.state} cannot become ${state}.`)
      facts.state = state
      facts.description = description
    },
  }
}

export function describeProcess (name: string, { startedAtMonotonic, remaining: _, ...known }: ProgramFacts): ProcessInfo {
  const uptime = known.pid === null ? null : Math.floor((performance.now() - startedAtMonotonic) / 1000)
  return { name, ...known, uptime_seconds: uptime }
}

export function describeExit ({ code, signal }: RunExit): string {
  return signal === null ? `exited with code ${code}` : `ended by ${signal}`
}

export function describeHalt ({ survivors, unseen }: { survivors: number[], unseen: number[] }): string | null {
  if (survivors.length > 0) return `${describePids(survivors)} could not be ended`
  if (unseen.length === 0) return null
  return `stopped; whether ${describePids(unseen)} began with the program cannot be told: they are another user's`
}
