import type { ProcessEntry } from '../../../machine/process-table.js'
import { pause } from '../../../timing/pause.js'
import type { RunCgroups } from './run-cgroups.js'
import type { RunIdentity, RunTable } from './run-table.js'
import { signalGroups, signalLeader } from './signals.js'

const POLL_MS = 20
/** The time that the kernel gets to remove killed processes. */
const KILL_LIMIT_MS = 2_000

export interface RunToEnd {
  table: RunTable
  cgroups: RunCgroups
  run: RunIdentity
  /**
   * The request to end before SIGKILL. `asGroup` sends it to all processes of the run, otherwise to the leader only.
   * Null sends SIGKILL at once.
   */
  stop: { signal: NodeJS.Signals, asGroup: boolean, graceMs: number } | null
  /** Sends SIGKILL to all processes of the run, otherwise to the leader only. */
  killAsGroup: boolean
  /** Ends the grace period early. */
  hurry?: AbortSignal
}

export interface EndedRun {
  /** The number of processes that were there. */
  found: number
  /** Pids of the processes that are alive at the end. */
  survivors: number[]
  /** Pids of processes that may belong to the run, but may not be looked into. */
  unseen: number[]
}

/** Ends the processes of a run. */
export async function endRun ({ table, cgroups, run, stop, killAsGroup, hurry }: RunToEnd): Promise<EndedRun> {
  const known: ProcessEntry[] = []
  const look = (): ProcessEntry[] => {
    const alive = table.members(run, known)
    known.push(...alive)
    return alive
  }
  // One look may miss a process that was born during it.
  const search = (): ProcessEntry[] => {
    const alive = look()
    return alive.length > 0 ? alive : look()
  }
  const send = (signal: NodeJS.Signals, asGroup: boolean): void => {
    if (asGroup) signalGroups({ signal, table, alive, search })
    else signalLeader({ signal, table, run })
  }
  let alive = search()
  if (stop !== null && alive.length > 0) {
    send(stop.signal, stop.asGroup)
    alive = await waitForEnd({ table, alive, search, milliseconds: stop.graceMs, hurry })
  }
  const deadline = performance.now() + KILL_LIMIT_MS
  const toKill = (): boolean => killAsGroup
    ? alive.length > 0 || cgroups.isPopulated(run.runId)
    : alive.some(({ pid }) => pid === run.leader?.pid)
  while (toKill() && performance.now() < deadline) {
    if (killAsGroup) cgroups.kill(run.runId)
    send('SIGKILL', killAsGroup)
    await pause(POLL_MS)
    alive = search()
  }
  const unseen = cgroups.covers(run.runId) ? [] : table.unseen(run)
  if (alive.length === 0) cgroups.remove(run.runId)
  return { found: new Set(pidsOf(known)).size, survivors: pidsOf(alive), unseen: pidsOf(unseen) }
}

/** Searches the whole table again only after all known processes have ended. */
async function waitForEnd ({ table, alive, search, milliseconds, hurry }: {
  table: RunTable, alive: ProcessEntry[], search: () => ProcessEntry[], milliseconds: number, hurry: AbortSignal | undefined
}): Promise<ProcessEntry[]> {
  const deadline = performance.now() + milliseconds
  let waitedFor = alive
  while (waitedFor.length > 0 && performance.now() < deadline && hurry?.aborted !== true) {
    await pause(POLL_MS, hurry)
    if (!waitedFor.some(table.isAlive)) waitedFor = search()
  }
  return search()
}

function pidsOf (entries: ProcessEntry[]): number[] {
  return entries.map(({ pid }) => pid)
}
