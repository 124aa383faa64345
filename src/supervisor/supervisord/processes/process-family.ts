import { createProcessTable, type ProcessEntry, type ProcessTable, TICKS_A_SECOND } from '../../../machine/process-table.js'
import { withRelatives } from '../../relatives.js'
import { describePids } from '../../sentences.js'
import type { ProcessInfo } from '../../supervisor.js'

/** A program's process, its descendants, and everything else that shows that it comes from that process. */
export type ProcessFamily = NonNullable<ReturnType<typeof captureFamily>>

/** How far the age of a process may differ from the uptime of the supervisor, which counts whole seconds. */
const AGE_TOLERANCE_SECONDS = 3
/** Variables that Python's supervisord adds to the environment of a program (process.py, _spawn_as_child). */
const MARKERS = ['SUPERVISOR_PROCESS_NAME', 'SUPERVISOR_GROUP_NAME', 'SUPERVISOR_SERVER_URL'] as const
/** Variables that shells change for the programs that they start. */
const SHELLS_OWN = /^(?:_|SHLVL|PWD|OLDPWD)=/

/** Takes note of a running program's family, to tell what a stop leaves over. Null: it does not run on this machine. */
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

/**
 * Collects what shows that a process comes from the leader, although it is neither a child nor in the session. That is
 * the environment that Python marks, the program's own output, or a control group of the program's own. The same
 * environment counts only when no other program of the supervisor has it. Nothing else can be told.
 */
function createEvidence ({ leader, program, local }: { leader: ProcessEntry, program: string, local: ProcessTable }) {
  const supervisor = local.entry(leader.parent)
  const markers = readMarkers(local.environment(leader.pid), program)
  const foreignOutputs = local.pipes(leader.parent, 'standard')
  const outputs = local.pipes(leader.pid, 'standard').filter(pipe => !foreignOutputs.includes(pipe))
  const controlGroup = local.controlGroup(leader.pid)
  const hasOwnControlGroup = controlGroup !== null && supervisor !== null && controlGroup !== local.controlGroup(leader.parent)
  const environment = comparable(local.environment(leader.pid))
  const lineage = lineageOf(leader, local)
  // Neither Go nor Python begins a session for a program. Null: the supervisor is hidden.
  const foreignSession = leader.session === leader.pid ? supervisor?.session ?? null : leader.session

  /** No member is older than the leader. A number that is used again names a younger process. */
  function isCandidate ({ pid, startTicks }: ProcessEntry): boolean {
    return pid === leader.pid ? startTicks === leader.startTicks : startTicks >= leader.startTicks
  }

  /** Tells from the table alone whether a candidate is the leader, or in its group or session. */
  function isRelated ({ pid, group, session }: ProcessEntry): boolean {
    return [pid, group, session].includes(leader.pid)
  }

  function isMarked (environment: string[]): boolean {
    return markers.every(marker => environment.includes(marker))
  }

  function hasFiles ({ pid }: ProcessEntry): boolean {
    // Each read of an environment takes time, and there may be hundreds of processes.
    if (markers.length > 0 && isMarked(local.environment(pid))) return true
    if (hasOwnControlGroup && local.controlGroup(pid) === controlGroup) return true
    return outputs.length > 0 && local.pipes(pid, 'all').some(pipe => outputs.includes(pipe))
  }

  /** Expects a process whose parent has ended, so that the supervisor or one of its ancestors has become its parent. */
  function hasEnvironment ({ pid, parent, session }: ProcessEntry): boolean {
    return session !== foreignSession && lineage.includes(parent) && comparable(local.environment(pid)) === environment
  }

  /** Finds processes that have left the leader's session and lost their parent, as far as their files tell. */
  function search (table: ProcessEntry[]): ProcessEntry[] {
    const siblings = table.filter(({ parent, pid, session }) => parent === leader.parent && pid !== leader.pid && session === foreignSession)
    const strangers = new Set(withDescendants(siblings, table).map(({ pid }) => pid))
    const isTelling = environment !== '' && !siblings.some(({ pid }) => comparable(local.environment(pid)) === environment)
    return table.filter(entry => entry.startTicks >= leader.startTicks && !strangers.has(entry.pid) &&
      !lineage.includes(entry.pid) && entry.pid !== process.pid && (hasFiles(entry) || (isTelling && hasEnvironment(entry))))
  }

  return { foreignSession, isCandidate, isRelated, search }
}

/** Returns the pids of the supervisor and its ancestors. */
function lineageOf (leader: ProcessEntry, local: ProcessTable): number[] {
  const found: number[] = []
  for (let next = local.entry(leader.parent); next !== null; next = local.entry(next.parent)) found.push(next.pid)
  return found
}

function withDescendants (entries: ProcessEntry[], table: ProcessEntry[]): ProcessEntry[] {
  const found = [...entries]
  for (const member of found) found.push(...table.filter(({ parent }) => parent === member.pid))
  return found
}

/** Returns none when the environment does not name this very program: it may come from a supervisor above this one. */
function readMarkers (environment: string[], program: string): string[] {
  const name = program.slice(program.indexOf(':') + 1)
  if (!environment.includes(`SUPERVISOR_PROCESS_NAME=${name}`)) return []
  return environment.filter(text => MARKERS.some(marker => text.startsWith(`${marker}=`)))
}

/** Leaves out what shells change. Returns '' for an environment that cannot be read. */
function comparable (environment: string[]): string {
  return environment.filter(text => !SHELLS_OWN.test(text)).sort().join('\0')
}
