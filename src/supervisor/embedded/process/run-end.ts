import type { ProcessEntry } from '../../../machine/process-table.js'
import { pause } from './pause.js'
import type { RunIdentity, RunTable } from './run-table.js'
import type { RunCgroups } from './run-cgroups.js'
import { signalGroups, signalLeader } from './signals.js'

const POLL_MS = 20
/** How long the kernel gets to take killed processes away. */
const KILL_LIMIT_MS = 2_000

/** The request to end by itself that comes before SIGKILL. */
export interface GracefulStop {
  signal: NodeJS.Signals
  /** To all processes of the run; otherwise only to its leader. */
  asGroup: boolean
  graceMs: number
}

export interface RunToEnd {
  table: RunTable
  cgroups: RunCgroups
  run: RunIdentity
  /** Null: SIGKILL at once. */
  stop: GracefulStop | null
  /** SIGKILL for all processes of the run; otherwise only for its leader. */
  killAsGroup: boolean
  /** Ends the grace period early. */
  hurry?: AbortSignal
}

export interface EndedRun {
  /** How many processes there were. */
  found: number
  /** The processes that are alive at the end. */
  survivors: ProcessEntry[]
  /** Processes that may be the run's, but may not be looked into. */
  unseen: ProcessEntry[]
}

/** Ends the processes of a run. */
export async function endRun ({ table, cgroups, run, stop, killAsGroup, hurry }: RunToEnd): Promise<EndedRun> {
  const known: ProcessEntry[] = []
  const look = (): ProcessEntry[] => {
    const alive = table.members(run, known)
    known.push(...alive)
    return alive
  }
  // A process that was born during one look may be missing in it.
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
  return { found: new Set(known.map(({ pid }) => pid)).size, survivors: alive, unseen }
}

/** Looks at the whole table again only once all those known are gone. */
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
