import type { ProcessTable, ProcessEntry } from '../../../machine/process-table.js'

export interface Evidence {
  /** The session of the supervisor itself, to which programs belong that began none; null: the supervisor is not to be seen. */
  foreignSession: number | null
  /** Whether the line of the table alone shows that the process is the leader, of its group or of its session. */
  isRelated (entry: ProcessEntry): boolean
  /** Processes that have left the leader's session and lost their parent, as far as their files tell. */
  search (table: ProcessEntry[]): ProcessEntry[]
}

/** Variables that Python's supervisord adds to the environment of a program (process.py, _spawn_as_child). */
const MARKERS = ['SUPERVISOR_PROCESS_NAME', 'SUPERVISOR_GROUP_NAME', 'SUPERVISOR_SERVER_URL'] as const
/** Variables that shells change for the programs that they start. */
const SHELLS_OWN = /^(?:_|SHLVL|PWD|OLDPWD)=/

/**
 * What shows that a process comes from the leader although it is neither its child nor in its session: the environment
 * that Python marks, the program's own output that it holds, a control group of the program's own, or, where no
 * other program of the supervisor has it, the same environment. A process that has none of them cannot be told.
 */
export function createEvidence ({ leader, program, local }: { leader: ProcessEntry, program: string, local: ProcessTable }): Evidence {
  const supervisor = local.entry(leader.parent)
  const markers = readMarkers(local.environment(leader.pid), program)
  const outputs = withoutAll(local.pipes(leader.pid, 'standard'), local.pipes(leader.parent, 'standard'))
  const controlGroup = local.controlGroup(leader.pid)
  const hasOwnControlGroup = controlGroup !== null && supervisor !== null && controlGroup !== local.controlGroup(leader.parent)
  const environment = comparable(local.environment(leader.pid))
  const lineage = lineageOf(leader, local)
  // Neither Go nor Python begins a session for a program.
  const foreignSession = leader.session === leader.pid ? supervisor?.session ?? null : leader.session

  const isRelated = (entry: ProcessEntry): boolean => entry.pid === leader.pid
    ? entry.startTicks === leader.startTicks
    : entry.startTicks >= leader.startTicks && (entry.group === leader.pid || entry.session === leader.pid)

  function hasFiles ({ pid }: ProcessEntry): boolean {
    if (markers.length > 0 && includesAll(local.environment(pid), markers)) return true
    if (hasOwnControlGroup && local.controlGroup(pid) === controlGroup) return true
    return outputs.length > 0 && local.pipes(pid, 'all').some(pipe => outputs.includes(pipe))
  }

  /** For one whose parent has ended, so that it was given to one of the supervisor's ancestors or to the supervisor itself. */
  function hasEnvironment ({ pid, parent, session }: ProcessEntry): boolean {
    return session !== foreignSession && lineage.includes(parent) && comparable(local.environment(pid)) === environment
  }

  return {
    foreignSession,
    isRelated,
    search (table) {
      const siblings = table.filter(({ parent, pid, session }) => parent === leader.parent && pid !== leader.pid && session === foreignSession)
      const strangers = new Set(withDescendants(siblings, table).map(({ pid }) => pid))
      const isTelling = environment !== '' && !siblings.some(({ pid }) => comparable(local.environment(pid)) === environment)
      return table.filter(entry => entry.startTicks >= leader.startTicks && !strangers.has(entry.pid) &&
        !lineage.includes(entry.pid) && entry.pid !== process.pid && (hasFiles(entry) || (isTelling && hasEnvironment(entry))))
    },
  }
}

/** The supervisor and its ancestors. */
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

/** Empty where the environment does not name this very program: it may be inherited from a supervisor above this one. */
function readMarkers (environment: string[], program: string): string[] {
  const name = program.slice(program.indexOf(':') + 1)
  if (!environment.includes(`SUPERVISOR_PROCESS_NAME=${name}`)) return []
  return environment.filter(text => MARKERS.some(marker => text.startsWith(`${marker}=`)))
}

/** Without what shells change; '' where it could not be read. */
function comparable (environment: string[]): string {
  return environment.filter(text => !SHELLS_OWN.test(text)).sort().join('\0')
}

function includesAll (texts: string[], wanted: string[]): boolean {
  return wanted.every(text => texts.includes(text))
}

function withoutAll (texts: string[], others: string[]): string[] {
  return texts.filter(text => !others.includes(text))
}
