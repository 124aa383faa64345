import type { ProcessEntry, ProcessTable } from '../../../machine/process-table.js'

/** Variables that Python's supervisord adds to the environment of a program (process.py, _spawn_as_child). */
const MARKERS = ['SUPERVISOR_PROCESS_NAME', 'SUPERVISOR_GROUP_NAME', 'SUPERVISOR_SERVER_URL'] as const
/** Variables that shells change for the programs that they start. */
const SHELLS_OWN = /^(?:_|SHLVL|PWD|OLDPWD)=/

/**
 * Collects what shows that a process comes from the leader, although it is neither a child nor in the session. That is
 * the environment that Python marks, the program's own output, or a control group of the program's own. The same
 * environment counts only when no other program of the supervisor has it. Nothing else can be told.
 */
export function createEvidence ({ leader, program, local }: { leader: ProcessEntry, program: string, local: ProcessTable }) {
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
