import { hostname } from 'node:os'
import type { ConfSection } from './file.js'
import { createFindings, describeFinding, type Findings } from './findings.js'
import { readConfFiles } from './include.js'
import { OTHER_SECTIONS } from './keys.js'
import { createLaunchers, type Machine, thisMachine } from './launchers.js'
import {
  type CommonOptions, DEFAULT_PRIORITY, type OrderedProgram, type ProgramConfiguration, type ProgramGroup, readProgram,
} from './program.js'
import { createSectionReader, type Variables } from './section-reader.js'
import { ENVIRONMENT, NAMES, PATH, PRIORITY, UMASK, USER } from './values.js'
import type { Log } from '../../supervisor.js'

export type ConfReading = Awaited<ReturnType<typeof readConf>>

/**
 * Reads the programs of a supervisord.conf and of its included files, with findings. Starts nothing. The programs are in
 * the order of their starts, and complete only when nothing is refused. `%(ENV_X)s` can name the variables of
 * `environment`. A null `machine` stands for another one. Throws an Error when the file itself cannot be read.
 */
export async function readConf ({ file, environment, machine }: { file: string, environment: NodeJS.ProcessEnv, machine: Machine | null }) {
  const findings = createFindings()
  const variables = { names: { host_node_name: hostname() }, environment }
  const sections = await readConfFiles({ file, variables, findings })
  const common = readCommon({ sections, variables, findings })
  const programVariables = { ...variables, environment: { ...environment, ...common.environment } }
  const groups = readGroups({ sections, variables: programVariables, findings })
  const launchers = createLaunchers({ machine, findings })
  const programs: OrderedProgram[] = []
  for (const section of sections) {
    const name = nameIn('program', section)
    if (name === undefined) reportSection(section, findings)
    else programs.push(...await readProgram({ name, section, group: groups.get(name), common, variables: programVariables, launchers, findings }))
  }
  refuseSameNames(programs, findings)
  return { programs: inOrder(programs), findings: findings.all() }
}

/** Reads the programs for the start, and logs the warnings. Throws an Error with all findings that are refused. */
export async function loadProgramConfigurations ({ file, environment, machine = thisMachine(), log }: {
  file: string, environment: NodeJS.ProcessEnv, machine?: Machine | undefined, log: Log
}): Promise<ProgramConfiguration[]> {
  const { programs, findings } = await readConf({ file, environment, machine })
  const refused = findings.filter(({ verdict }) => verdict === 'refused')
  if (refused.length > 0) throw new Error(refused.map(describeFinding).join('\n'))
  for (const finding of findings) log.warn({ file: finding.file, line: finding.line }, describeFinding(finding))
  return programs
}

function nameIn (kind: string, { name }: ConfSection): string | undefined {
  return name.startsWith(`${kind}:`) ? name.slice(kind.length + 1).trim() : undefined
}

function readCommon ({ sections, variables, findings }: { sections: ConfSection[], variables: Variables, findings: Findings }): CommonOptions {
  const from = sections.find(({ name }) => name === 'supervisord')
  if (from === undefined) return { user: null, umask: null, directory: null, environment: {} }
  const { read, readPlaced } = createSectionReader({ kind: 'supervisord', from, findings, variables })
  return {
    user: readPlaced('user', USER, null),
    umask: readPlaced('umask', UMASK, null),
    directory: read<string | null>('directory', PATH, null),
    environment: read('environment', ENVIRONMENT, {}),
  }
}

/** Maps the names of programs to their [group:x] sections. */
function readGroups ({ sections, variables, findings }: { sections: ConfSection[], variables: Variables, findings: Findings }): Map<string, ProgramGroup> {
  const groups = new Map<string, ProgramGroup>()
  const programs = sections.map((section) => nameIn('program', section))
  for (const from of sections) {
    const name = nameIn('group', from)
    if (name === undefined) continue
    const { read, demand, place } = createSectionReader({ kind: 'group', from, findings, variables: { ...variables, names: { ...variables.names, group_name: name } } })
    const priority = read('priority', PRIORITY, DEFAULT_PRIORITY)
    demand('programs', NAMES)
    for (const program of read('programs', NAMES, [])) {
      if (!programs.includes(program)) findings.refuse(place('programs'), `there is no section [program:${program}]: add it, or remove its name`)
      const earlier = groups.get(program)
      if (earlier !== undefined) findings.refuse(place('programs'), `${program} is in the group ${earlier.name} already: keep it in one of them`)
      groups.set(program, { name, priority })
    }
  }
  return groups
}

function reportSection (section: ConfSection, findings: Findings): void {
  if (section.name === 'supervisord' || nameIn('group', section) !== undefined) return
  const kind = section.name.split(':', 1)[0]?.trim()
  const known = OTHER_SECTIONS.find(({ name }) => name === kind)
  const message = known?.message ?? 'is unknown and has no effect; the section of a program is [program:NAME]'
  findings.add({ file: section.file, line: section.line, section: section.name, verdict: known?.verdict ?? 'warning', message })
}

function refuseSameNames (programs: OrderedProgram[], findings: Findings): void {
  const names = new Set<string>()
  for (const { configuration: { name }, place } of programs) {
    if (names.has(name)) findings.refuse(place, `another process has the name ${name}: give each process a name of its own, also across groups`)
    names.add(name)
  }
}

function inOrder (programs: OrderedProgram[]): ProgramConfiguration[] {
  const sorted = programs.toSorted(compare)
  return sorted.map((program) => ({ ...program.configuration, startRank: sorted.findIndex((other) => compare(program, other) === 0) }))
}

function compare (one: OrderedProgram, other: OrderedProgram): number {
  return one.groupPriority - other.groupPriority || one.priority - other.priority
}
