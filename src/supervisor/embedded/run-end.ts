import { pause } from './pause.js'
import type { ProcessEntry, ProcessTable, RunIdentity } from './process-table.js'

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
  table: ProcessTable
  run: RunIdentity
  /** Null: SIGKILL at once. */
  stop: GracefulStop | null
  /** SIGKILL for all processes of the run; otherwise only for its leader. */
  killAsGroup: boolean
  /** Ends the grace period early. */
  hurry?: AbortSignal
}

/** Ends the processes of a run. Answers how many there were, and those that are alive at the end. */
export async function endRun ({ table, run, stop, killAsGroup, hurry }: RunToEnd): Promise<{ found: number, survivors: ProcessEntry[] }> {
  const known: ProcessEntry[] = []
  const search = (): ProcessEntry[] => {
    const alive = table.members(run, known)
    known.push(...alive)
    return alive
  }
  let alive = search()
  if (stop !== null && alive.length > 0) {
    send({ signal: stop.signal, table, run, alive, asGroup: stop.asGroup })
    alive = await waitForEnd({ table, alive, search, milliseconds: stop.graceMs, hurry })
  }
  const deadline = performance.now() + KILL_LIMIT_MS
  const toKill = (): boolean => killAsGroup ? alive.length > 0 : alive.some((entry) => isLeader(entry, run))
  while (toKill() && performance.now() < deadline) {
    send({ signal: 'SIGKILL', table, run, alive, asGroup: killAsGroup })
    await pause(POLL_MS)
    alive = search()
  }
  return { found: new Set(known.map(({ pid }) => pid)).size, survivors: alive }
}

/** Looks at the whole table again only once all those known are gone. */
async function waitForEnd ({ table, alive, search, milliseconds, hurry }: {
  table: ProcessTable, alive: ProcessEntry[], search: () => ProcessEntry[], milliseconds: number, hurry: AbortSignal | undefined
}): Promise<ProcessEntry[]> {
  const deadline = performance.now() + milliseconds
  let waitedFor = alive
  while (waitedFor.length > 0 && performance.now() < deadline && hurry?.aborted !== true) {
    await pause(POLL_MS, hurry)
    if (!waitedFor.some(table.isAlive)) waitedFor = search()
  }
  return search()
}

/** Whole process groups at once, so that none is born between two signals; each after a last look at its witness. */
function send ({ signal, table, run, alive, asGroup }: {
  signal: NodeJS.Signals, table: ProcessTable, run: RunIdentity, alive: ProcessEntry[], asGroup: boolean
}): void {
  const addressees = asGroup
    ? new Map(alive.map((entry) => [-entry.group, entry]))
    : new Map(alive.filter((entry) => isLeader(entry, run)).map((entry) => [entry.pid, entry]))
  for (const [target, witness] of addressees) {
    if (table.isAlive(witness)) sendTo(target, signal)
  }
}

function sendTo (target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal)
  } catch {
    // Gone meanwhile, or another user's: who is still alive afterwards is told by the table.
  }
}

function isLeader ({ pid }: ProcessEntry, { leader }: RunIdentity): boolean {
  return pid === leader?.pid
}
