import { createProcessTable, type ProcessEntry, type ProcessTable, TICKS_A_SECOND } from '../../../machine/process-table.js'
import { withRelatives } from '../../relatives.js'
import { describePids } from '../../sentences.js'
import type { ProcessInfo } from '../../supervisor.js'
import { createEvidence } from './family-evidence.js'

/** A program's process, its descendants, and everything else that shows that it comes from that process. */
export type ProcessFamily = NonNullable<ReturnType<typeof captureFamily>>

/** How far the age of a process may differ from the uptime of the supervisor, which counts whole seconds. */
const AGE_TOLERANCE_SECONDS = 3

/**
 * Takes note of the family of a running program, to tell afterwards what a stop has left over. Returns null when the
 * process is not in the process table of this machine.
 */
export function captureFamily (process: ProcessInfo, local: ProcessTable = createProcessTable()) {
  const leader = findLocal(process, local)
  if (leader === null) return null
  const { foreignSession, isCandidate, isRelated, search } = createEvidence({ leader, program: process.name, local })
  const known = new Map<number, number>()

  function alive (): ProcessEntry[] {
    const candidates = local.entries().filter(isCandidate)
    const proven = candidates.filter(one => known.get(one.pid) === one.startTicks || isRelated(one))
    const members = withRelatives({ members: proven, candidates, foreign: foreignSession })
    for (const { pid, startTicks } of members) known.set(pid, startTicks)
    return members.filter(({ isZombie }) => !isZombie)
  }

  for (const entry of search(local.entries())) known.set(entry.pid, entry.startTicks)
  alive()
  return {
    /** Returns the pids of members that are still alive, also of those that were born since. */
    survivors: () => alive().map(({ pid }) => pid),
  }
}

export function describeSurvivors (pids: number[]): string {
  return `processes of an earlier run are still there (${describePids(pids)}): end them, and set stopasgroup=true for the program in supervisord.conf. It does not reach processes in sessions of their own: the program must end those`
}

/**
 * Finds the process in this machine's process table, or returns null. A supervisor in another container tells pids of
 * another table, so the age must fit as far as it is known. Go tells when it began to try, so the process of a later
 * attempt is younger.
 */
export function findLocal ({ pid, uptime_seconds: uptime, started_at: startedAt }: ProcessInfo, local: ProcessTable): ProcessEntry | null {
  const entry = pid === null ? null : local.entry(pid)
  const told = uptime ?? (startedAt === null ? null : (Date.now() - Date.parse(startedAt)) / 1000)
  if (entry === null || told === null) return entry
  const excess = (local.now() - entry.startTicks) / TICKS_A_SECOND - told
  if (excess > AGE_TOLERANCE_SECONDS) return null
  return excess >= -AGE_TOLERANCE_SECONDS || isSupervisord(entry.parent, local) ? entry : null
}

/** Tells whether the command line of a process names a supervisord, Go's or Python's. */
export function isSupervisord (pid: number, local: ProcessTable): boolean {
  return local.commandLine(pid).some(word => /(?:^|\/)supervisord$/.test(word))
}
