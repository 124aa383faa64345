import { isSameProcess, type ProcessEntry } from '../../../machine/process-table.js'
import { sendSignal } from '../../../machine/signal.js'
import { pause } from '../../../timing/pause.js'
import type { RunCgroups } from './run-cgroups.js'
import type { RunIdentity, RunTable } from './run-table.js'

const POLL_MS = 20
/** The time that the kernel gets to remove killed processes. */
const KILL_LIMIT_MS = 2_000
/** The program may fork so fast that no number of looks would catch up with it. */
const MAX_LOOKS = 20

export interface RunToEnd {
  table: RunTable
  cgroups: RunCgroups | null
  run: RunIdentity
  /** Comes before SIGKILL. `asGroup` sends it to all processes of the run, otherwise to the leader. Null: nothing. */
  stop: { signal: NodeJS.Signals, asGroup: boolean, graceMs: number } | null
  /** Sends SIGKILL to all processes of the run, otherwise to the leader only. */
  killAsGroup: boolean
  /** Ends the grace period early. */
  hurry?: AbortSignal
}

/**
 * Ends the processes of a run. Returns how many it `found`, the pids that are alive at the end, and those of processes
 * that may belong to the run, but may not be looked into.
 */
export async function endRun ({ table, cgroups, run, stop, killAsGroup, hurry }: RunToEnd) {
  const { runId, leader } = run
  const known: ProcessEntry[] = []
  let alive = search()

  if (stop !== null && alive.length > 0) {
    send(stop.signal, stop.asGroup)
    await waitForEnd(stop.graceMs)
  }
  const deadline = performance.now() + KILL_LIMIT_MS
  while (isToKill() && performance.now() < deadline) {
    if (killAsGroup) cgroups?.kill(runId)
    send('SIGKILL', killAsGroup)
    await pause(POLL_MS)
    alive = search()
  }
  const unseen = cgroups?.covers(runId) ? [] : table.unseen(run)
  if (alive.length === 0) cgroups?.remove(runId)
  return { found: new Set(pidsOf(known)).size, survivors: pidsOf(alive), unseen: pidsOf(unseen) }

  /** One look may miss a process that was born during it. */
  function search (): ProcessEntry[] {
    const found = look()
    return found.length > 0 ? found : look()
  }

  function look (): ProcessEntry[] {
    const found = table.members(run, known)
    known.push(...found)
    return found
  }

  function isToKill (): boolean {
    if (killAsGroup) return alive.length > 0 || cgroups?.isPopulated(runId) === true
    return alive.some(({ pid }) => pid === leader?.pid)
  }

  /** Searches the whole table again only after all known processes have ended. */
  async function waitForEnd (milliseconds: number): Promise<void> {
    const deadline = performance.now() + milliseconds
    while (alive.length > 0 && performance.now() < deadline && hurry?.aborted !== true) {
      await pause(POLL_MS, hurry)
      if (!alive.some(table.isAlive)) alive = search()
    }
    alive = search()
  }

  function send (signal: NodeJS.Signals, asGroup: boolean): void {
    if (asGroup) signalGroups(signal)
    else if (leader !== null && table.isAlive(leader)) sendSignal(leader.pid, signal)
  }

  /**
   * Sends a signal once to every process group of the run, so that no process is born between the signals to two members
   * of one group. Looks again at a group whose known members have ended, because it may have new members.
   */
  function signalGroups (signal: NodeJS.Signals): void {
    const signalled = new Set<number>()
    let members = alive
    for (let looks = 0; looks < MAX_LOOKS && members.length > 0; looks++) {
      for (const witness of members) {
        if (signalled.has(witness.group) || !holdsItsGroup(witness)) continue
        sendSignal(-witness.group, signal)
        signalled.add(witness.group)
      }
      if (members.every(({ group }) => signalled.has(group))) return
      members = search().filter(({ group }) => !signalled.has(group))
    }
  }

  /** The kernel gives the number of a group to no other while any process is in the group, even a zombie. */
  function holdsItsGroup (witness: ProcessEntry): boolean {
    const now = table.entry(witness.pid)
    return now !== null && isSameProcess(now, witness) && now.group === witness.group
  }
}

function pidsOf (entries: ProcessEntry[]): number[] {
  return entries.map(({ pid }) => pid)
}
