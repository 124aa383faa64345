import type { ProcessInfo, ProcessState } from '../supervisor.js'
import type { ProgramConfiguration } from './program-conf.js'
import type { RunRecord } from './process/run-records.js'
import type { RunExit } from './process/spawn-run.js'

/** What is known of a program; changed by its lifecycle only. */
export interface ProgramFacts {
  state: ProcessState
  pid: number | null
  startedAt: string | null
  /** The start by the monotonic clock, which nobody sets; milliseconds. */
  startedAtMonotonic: number
  stoppedAt: string | null
  exit: RunExit | null
  restarts: number
  description: string | null
  /** Processes that the last stop, or the last start before its own, could not end. */
  remaining: number[]
}

export function factsFrom (record: RunRecord | undefined): ProgramFacts {
  return {
    state: 'STOPPED',
    pid: null,
    startedAt: record?.startedAt ?? null,
    startedAtMonotonic: 0,
    stoppedAt: record?.stoppedAt ?? null,
    exit: record === undefined ? null : { code: record.exitCode, signal: record.exitSignal },
    restarts: 0,
    description: null,
    remaining: [],
  }
}

export function describeProcess ({ name, facts }: { name: string, facts: ProgramFacts }): ProcessInfo {
  return {
    name,
    state: facts.state,
    pid: facts.pid,
    uptime_seconds: facts.pid === null ? null : Math.floor((performance.now() - facts.startedAtMonotonic) / 1000),
    started_at: facts.startedAt,
    stopped_at: facts.stoppedAt,
    exit_code: facts.exit?.code ?? null,
    exit_signal: facts.exit?.signal ?? null,
    restarts: facts.restarts,
    description: facts.description,
  }
}

export function describeExit ({ code, signal }: RunExit): string {
  return signal === null ? `exited with code ${code}` : `ended by ${signal}`
}

/** Supervisor's rule for a program that ended by itself after it was RUNNING. */
export function isRestartedAfter ({ exit, configuration }: { exit: RunExit, configuration: ProgramConfiguration }): boolean {
  const { autorestart, exitCodes } = configuration
  return autorestart === 'unexpected' ? exit.code === null || !exitCodes.includes(exit.code) : autorestart
}
