import path from 'node:path'
import { readRegularFile } from '../../regular-file.js'
import type { Log } from '../log.js'
import { readConfSections, type ConfOption, type ConfSection } from './conf-file.js'
import {
  BOOLEAN, BYTES, COMMAND, COUNT, ENVIRONMENT, EXIT_CODES, LOG_FILE, PATH, RESTART, SECONDS, SIGNAL, type ValueKind,
} from './conf-values.js'

/** Where a stream's output goes. `file` null: only into memory. `maxBytes` 0: never rotated. */
export interface LogConfiguration { file: string | null, maxBytes: number, backups: number }

/** One `[program:x]` section, with Supervisor's defaults (but stopasgroup and killasgroup are true). */
export interface ProgramConfiguration {
  name: string
  /** The program and its arguments. */
  command: [string, ...string[]]
  directory: string | null
  autostart: boolean
  startSeconds: number
  startRetries: number
  autorestart: boolean | 'unexpected'
  exitCodes: number[]
  stopSignal: NodeJS.Signals
  stopWaitSeconds: number
  stopAsGroup: boolean
  killAsGroup: boolean
  environment: Record<string, string>
  stdout: LogConfiguration
  stderr: LogConfiguration
  redirectStderr: boolean
}

interface Context { file: string, environment: NodeJS.ProcessEnv, log: Log }

const MEGABYTE = 1024 ** 2

/**
 * The programs of a supervisord.conf. Other sections, and options that are not ours, are logged and left aside.
 * @throws Error naming file, line, section, option and what is allowed; no values, they may be secrets
 */
export async function loadProgramConfigurations (context: Context): Promise<ProgramConfiguration[]> {
  const text = (await readRegularFile(context.file)).toString()
  const programs: ProgramConfiguration[] = []
  for (const section of readConfSections({ text, file: context.file })) {
    const name = /^program:(.*)$/su.exec(section.name)?.[1]?.trim()
    if (name !== undefined) programs.push(readProgram({ name, section, context }))
    else context.log.info({ file: context.file, line: section.line, section: section.name }, 'section is not used here')
  }
  return programs
}

function readProgram ({ name, section, context }: { name: string, section: ConfSection, context: Context }): ProgramConfiguration {
  checkName({ name, section, context })
  const unread = new Map(section.options)
  const read = <T>(option: string, kind: ValueKind<T>, missing?: T): T => {
    const found = unread.get(option)
    unread.delete(option)
    return readOption({ found, option, kind, missing, name, section, context })
  }
  const readLog = (stream: 'stdout' | 'stderr'): LogConfiguration => ({
    file: read(`${stream}_logfile`, LOG_FILE, null),
    maxBytes: read(`${stream}_logfile_maxbytes`, BYTES, 50 * MEGABYTE),
    backups: read(`${stream}_logfile_backups`, COUNT, 10),
  })
  const stopAsGroup = read('stopasgroup', BOOLEAN, true)
  const program: ProgramConfiguration = {
    name,
    command: read('command', COMMAND),
    directory: read<string | null>('directory', PATH, null),
    autostart: read('autostart', BOOLEAN, true),
    startSeconds: read('startsecs', SECONDS, 1),
    startRetries: read('startretries', COUNT, 3),
    autorestart: read('autorestart', RESTART, 'unexpected'),
    exitCodes: read('exitcodes', EXIT_CODES, [0]),
    stopSignal: read('stopsignal', SIGNAL, 'SIGTERM'),
    stopWaitSeconds: read('stopwaitsecs', SECONDS, 10),
    stopAsGroup,
    killAsGroup: read('killasgroup', killAsGroupKind(stopAsGroup), true),
    environment: read('environment', ENVIRONMENT, {}),
    stdout: readLog('stdout'),
    stderr: readLog('stderr'),
    redirectStderr: read('redirect_stderr', BOOLEAN, false),
  }
  for (const option of unread.values()) {
    context.log.info({ file: context.file, line: option.line, section: section.name, option: option.name }, 'option is not used here')
  }
  return program
}

/** Supervisor refuses this pair too: what gets the stop signal must also get the SIGKILL. */
function killAsGroupKind (stopAsGroup: boolean): ValueKind<boolean> {
  if (!stopAsGroup) return BOOLEAN
  return { allowed: 'true, or false together with stopasgroup=false', read: (value) => BOOLEAN.read(value) === true ? true : undefined }
}

function checkName ({ name, section, context }: { name: string, section: ConfSection, context: Context }): void {
  // Supervisor forbids blank, colon and slash; 64 characters keep the names of record files within bounds.
  if (/^[^\s:/\p{Cc}]{1,64}$/u.test(name)) return
  throw new Error(`${context.file}:${section.line}: [${section.name}]: a program's name is 1 to 64 characters without white space, ":" and "/".`)
}

interface OptionToRead<T> {
  found: ConfOption | undefined
  option: string
  kind: ValueKind<T>
  missing: T | undefined
  name: string
  section: ConfSection
  context: Context
}

function readOption<T> ({ found, option, kind, missing, name, section, context }: OptionToRead<T>): T {
  const refuse = (problem: string): Error =>
    new Error(`${context.file}:${found?.line ?? section.line}: [${section.name}] ${option}: ${problem}.`)
  if (found === undefined) {
    if (missing === undefined) throw refuse(`is missing; needed is ${kind.allowed}`)
    return missing
  }
  const here = path.dirname(path.resolve(context.file))
  const expanded = found.value.replace(/%(?:\(([^()]*)\)s|%)?/gu, (whole, variable?: string) => {
    const value = whole === '%%' ? '%' : variableValue({ variable, here, name, environment: context.environment })
    if (value === undefined) throw refuse(`cannot expand "${whole}"; known are %(here)s, %(program_name)s, %(ENV_X)s of a variable that is set, and %% for a percent sign`)
    return value
  })
  const value = kind.read(expanded)
  if (value === undefined) throw refuse(`the value is not allowed; allowed is ${kind.allowed}`)
  return value
}

function variableValue ({ variable, here, name, environment }: {
  variable: string | undefined, here: string, name: string, environment: NodeJS.ProcessEnv
}): string | undefined {
  if (variable === 'here') return here
  if (variable === 'program_name') return name
  return variable?.startsWith('ENV_') === true ? environment[variable.slice('ENV_'.length)] : undefined
}
