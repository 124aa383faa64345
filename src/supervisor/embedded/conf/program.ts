import type { ConfSection } from './file.js'
import type { Findings } from './findings.js'
import type { Identity, Launchers } from './launchers.js'
import { createSectionReader, type Variables } from './section-reader.js'
import {
  BOOLEAN, BYTES, COMMAND, COUNT, ENVIRONMENT, EXIT_CODES, FIRST_NUMBER, LOG_FILE, NUMBER_OF_PROCESSES, PATH, PRIORITY, RESTART, SECONDS,
  SIGNAL, START_SECONDS, TEXT, UMASK, USER,
} from './values.js'

/** The options of [supervisord] that count for all programs. */
export interface CommonOptions extends Identity {
  directory: string | null
  environment: Record<string, string>
}

/** The group of a program that a [group:x] names. */
export interface ProgramGroup { name: string, priority: number }

/** A future process, and its place in the order of starts. */
export type OrderedProgram = Awaited<ReturnType<typeof readProgram>>[number]

/** One process of a `[program:x]` section. Programs of a lower rank are spawned first. */
export type ProgramConfiguration = OrderedProgram['configuration'] & { startRank: number }

/** The target of a stream's output. A null `file` keeps it in memory only. `maxBytes` 0 never rotates it. */
export type LogConfiguration = ProgramConfiguration['stdout']

/** Python's default for programs and groups. */
export const DEFAULT_PRIORITY = 999
const MEGABYTE = 1024 ** 2
const NAME_RULE = 'a program\'s name must be 1 to 64 characters without white space, ":" and "/"'

/** Reads the processes of one [program:x]. Supervisor's defaults hold, but stopasgroup and killasgroup are true. */
export async function readProgram ({ name, section, group, common, variables, launchers, findings }: {
  name: string,
  section: ConfSection,
  group: ProgramGroup | undefined,
  common: CommonOptions,
  variables: Variables,
  launchers: Launchers,
  findings: Findings
}) {
  const groupName = group?.name ?? name
  const names = { ...variables.names, program_name: name, group_name: groupName }
  const { read, readPlaced, demand, place } = createSectionReader({ kind: 'program', from: section, findings, variables: { ...variables, names } })
  if (!isName(name)) findings.refuse(place(), NAME_RULE)
  demand('command', COMMAND)
  const priority = read('priority', PRIORITY, DEFAULT_PRIORITY)
  const count = read('numprocs', NUMBER_OF_PROCESSES, 1)
  const first = read('numprocs_start', FIRST_NUMBER, 0)
  const processes = Array.from({ length: count }, (_, index) => first + index)
  return await Promise.all(processes.map(async (number) => ({
    configuration: await readProcess(number),
    groupPriority: group?.priority ?? priority,
    priority,
    place: place('process_name'),
  })))

  async function readProcess (number: number) {
    const own = { ...names, process_num: number, numprocs: count }
    const environment = read('environment', ENVIRONMENT, {}, { names: own, environment: variables.environment })
    const all = { names: own, environment: { ...variables.environment, ...environment } }
    const readLog = (stream: 'stdout' | 'stderr') => ({
      file: read(`${stream}_logfile`, LOG_FILE, null, all),
      maxBytes: read(`${stream}_logfile_maxbytes`, BYTES, 50 * MEGABYTE, all),
      backups: read(`${stream}_logfile_backups`, COUNT, 10, all),
    })
    return {
      name: readName(own),
      /** `group:name` is another name of the program. */
      group: groupName,
      command: read<[string, ...string[]]>('command', COMMAND, [''], all),
      /** The words before the command. They name programs that set user and umask, then run the rest in their own place. */
      launcher: await launchers.find({
        user: readPlaced('user', USER, common.user, all),
        umask: readPlaced('umask', UMASK, common.umask, all),
      }),
      directory: read<string | null>('directory', PATH, common.directory, all),
      autostart: read('autostart', BOOLEAN, true, all),
      startSeconds: read('startsecs', START_SECONDS, 1, all),
      startRetries: read('startretries', COUNT, 3, all),
      autorestart: read('autorestart', RESTART, 'unexpected', all),
      exitCodes: read('exitcodes', EXIT_CODES, [0], all),
      stopSignal: read('stopsignal', SIGNAL, 'SIGTERM', all),
      stopWaitSeconds: read('stopwaitsecs', SECONDS, 10, all),
      ...readGroups(all),
      environment: { ...common.environment, ...environment },
      stdout: readLog('stdout'),
      stderr: readLog('stderr'),
      redirectStderr: read('redirect_stderr', BOOLEAN, false, all),
    }
  }

  function readName (own: Variables['names']): string {
    if (count > 1 && section.options.get('process_name')?.value.includes('%(process_num)') !== true) {
      findings.refuse(place('process_name'), 'needs %(process_num)d because numprocs is above 1, as in %(program_name)s_%(process_num)02d')
    }
    const processName = read('process_name', TEXT, name, { ...variables, names: own })
    if (section.options.has('process_name') && !isName(processName)) findings.refuse(place('process_name'), NAME_RULE)
    return processName
  }

  /** Supervisor refuses this pair, too: processes that get the stop signal must also get the SIGKILL. */
  function readGroups (all: Variables): { stopAsGroup: boolean, killAsGroup: boolean } {
    const killAsGroup = read('killasgroup', BOOLEAN, true, all)
    const stopAsGroup = read('stopasgroup', BOOLEAN, killAsGroup, all)
    if (stopAsGroup && !killAsGroup) findings.refuse(place('killasgroup'), 'the value is not allowed; write true, or false without stopasgroup=true')
    return { stopAsGroup, killAsGroup }
  }
}

/** Supervisor forbids blank, colon and slash. The limit keeps names short in errors and tables. */
function isName (name: string): boolean {
  return /^[^\s:/\p{Cc}]{1,64}$/u.test(name)
}
