import { isSameProcess, type ProcessEntry } from '../../../machine/process-table.js'
import { sendSignal } from '../../../machine/signal.js'
import type { RunIdentity, RunTable } from './run-table.js'

/** The program may fork so fast that no number of looks would catch up with it. */
const MAX_LOOKS = 20

/** Sends a signal to the run's main process, if it is alive. */
export function signalLeader ({ signal, table, run }: { signal: NodeJS.Signals, table: RunTable, run: RunIdentity }): void {
  if (run.leader !== null && table.isAlive(run.leader)) sendSignal(run.leader.pid, signal)
}

/**
 * Sends a signal once to every process group of the run, so that no process is born between the signals to two members
 * of one group. Looks again at a group whose known members have ended, because it may have new members.
 */
export function signalGroups ({ signal, table, alive, search }: {
  signal: NodeJS.Signals, table: RunTable, alive: ProcessEntry[], search: () => ProcessEntry[]
}): void {
  const signalled = new Set<number>()
  let members = alive
  for (let look = 0; look < MAX_LOOKS && members.length > 0; look++) {
    for (const witness of members) {
      if (signalled.has(witness.group) || !holdsItsGroup({ witness, table })) continue
      sendSignal(-witness.group, signal)
      signalled.add(witness.group)
    }
    if (members.every(({ group }) => signalled.has(group))) return
    members = search().filter(({ group }) => !signalled.has(group))
  }
}

/** The kernel gives the number of a group to no other while any process is in the group, even a zombie. */
function holdsItsGroup ({ witness, table }: { witness: ProcessEntry, table: RunTable }): boolean {
  const now = table.entry(witness.pid)
  return now !== null && isSameProcess(now, witness) && now.group === witness.group
}
