import type { ProcessEntry } from '../../../machine/process-table.js'
import type { RunIdentity, RunTable } from './run-table.js'

/** A program that forks faster than this many looks at the process table cannot be made to order. */
const MAX_LOOKS = 20

/** Sends a signal to the run's main process alone, if it is alive. */
export function signalLeader ({ signal, table, run }: { signal: NodeJS.Signals, table: RunTable, run: RunIdentity }): void {
  if (run.leader !== null && table.isAlive(run.leader)) sendTo(run.leader.pid, signal)
}

/**
 * Sends a signal once to every process group of the run: no process is born between the signals to two members of one.
 * A group whose known members have all ended since they were seen is looked up again: it may have new members.
 */
export function signalGroups ({ signal, table, alive, search }: {
  signal: NodeJS.Signals, table: RunTable, alive: ProcessEntry[], search: () => ProcessEntry[]
}): void {
  const signalled = new Set<number>()
  let members = alive
  for (let look = 0; look < MAX_LOOKS && members.length > 0; look++) {
    for (const witness of members) {
      if (signalled.has(witness.group) || !holdsItsGroup({ witness, table })) continue
      sendTo(-witness.group, signal)
      signalled.add(witness.group)
    }
    if (members.every(({ group }) => signalled.has(group))) return
    members = search().filter(({ group }) => !signalled.has(group))
  }
}

/** While any process of a group is there, even a zombie, its number is given to no other. Pid and start time tell that it is the same process. */
function holdsItsGroup ({ witness, table }: { witness: ProcessEntry, table: RunTable }): boolean {
  const now = table.entry(witness.pid)
  return now !== null && now.startTicks === witness.startTicks && now.group === witness.group
}

function sendTo (target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal)
  } catch {
    // It has ended meanwhile, or it is another user's. The process table tells afterwards who is alive.
  }
}
