import { createProcessTable, isSameProcess, type ProcessEntry, type ProcessKey } from '../../../machine/process-table.js'
import { withRelatives } from '../../relatives.js'
import { CGROUP_PREFIX } from './run-cgroups.js'

/** Holds a random id in the environment of every process that a run starts, whatever its session or parent. */
export const RUN_ID_VARIABLE = 'GENERATOR_CLIENT_RUN_ID'

/** Identifies the processes of a run. */
export interface RunIdentity {
  runId: string
  /**
   * The main process, which leads the run's session. Null when nobody saw the run begin. A missing `executable` is not
   * compared.
   */
  leader: ProcessKey & { executable?: string | null } | null
  /** The clock ticks at which the leader was found to have ended. Null when it still runs, or when nobody knows. */
  endedAt: number | null
}

/** The process table, and the processes of runs in it. */
export type RunTable = ReturnType<typeof createRunTable>

/** Throws an Error on a system without a process table. */
export function createRunTable ({ folder = '/proc' }: { folder?: string } = {}) {
  const table = createProcessTable({ folder })
  const { bootId } = table
  if (bootId === null) throw new Error(`The embedded supervisor needs Linux's ${folder} to find a program's processes.`)
  const ownSession = table.entry(process.pid)?.session

  /**
   * A process of a run is not older than the leader, nor in the service's session. A run has no group 0 or 1, and a
   * signal to -1 would reach every process.
   */
  function candidatesFor ({ leader }: RunIdentity): ProcessEntry[] {
    return table.entries().filter(({ startTicks, session, group }) =>
      startTicks >= (leader?.startTicks ?? 0) && session !== ownSession && group > 1)
  }

  /** The environment of another user cannot be read. The control group or the session proves such a process. */
  function carriesRunId ({ pid }: ProcessEntry, runId: string): boolean {
    return table.environment(pid).includes(`${RUN_ID_VARIABLE}=${runId}`) ||
      table.controlGroup(pid)?.includes(`${CGROUP_PREFIX}${runId}`) === true
  }

  function isLeader (candidate: ProcessEntry, { leader }: RunIdentity): boolean {
    if (leader === null || !isSameProcess(candidate, leader)) return false
    const [recorded = null, now] = [leader.executable, table.executable(candidate.pid)]
    return recorded === null || now === null || recorded === now
  }

  return {
    ...table,
    bootId,
    /** Returns the living processes that are proven to belong to the run. `known` were proven before. */
    members (run: RunIdentity, known: ProcessEntry[]): ProcessEntry[] {
      const candidates = candidatesFor(run)
      const proven = candidates.filter(candidate => known.some(one => isSameProcess(one, candidate)) ||
        isLeader(candidate, run) || isOfEndedLeader(candidate, run) || carriesRunId(candidate, run.runId))
      // The leader begins a session of its own, so the run began every session of a proven process.
      return withRelatives({ members: proven, candidates }).filter(({ isZombie }) => !isZombie)
    },
    /** Returns the processes that may belong to the run, but may not be looked into. */
    unseen: (run: RunIdentity) => candidatesFor(run).filter(({ pid, isZombie }) => !isZombie && table.isHidden(pid)),
  }
}

/** Until the leader ended, no other process could get its pid. So its session belonged to the run until then. */
function isOfEndedLeader ({ session, startTicks }: ProcessEntry, { leader, endedAt }: RunIdentity): boolean {
  return leader !== null && endedAt !== null && session === leader.pid && startTicks < endedAt
}
