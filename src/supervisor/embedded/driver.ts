import { CodedError } from '../../errors.js'
import { endOrphans } from './process/orphans.js'
import { createRunTable } from './process/run-table.js'
import type { Machine } from './conf/launchers.js'
import { loadProgramConfigurations } from './conf/read.js'
import { createProgram, type Program } from './program.js'
import { createRunCgroups, ownCgroupFolder } from './process/run-cgroups.js'
import { createRunRecords } from './process/run-records.js'
import { createRedactor, type Redactor } from '../../redaction/redactor.js'
import type { CloseOptions, Log, Supervisor } from '../supervisor.js'

/** The time from the beginning of the service's end to the SIGKILL for programs that are still there. */
const CLOSE_GRACE_MS = 8_000

export interface EmbeddedSupervisorOptions {
  /** The path of a supervisord.conf. */
  configurationFile: string
  /** A private folder that exists. The driver keeps `supervisor-*` files in it. */
  stateFolder: string
  /** The time after which start, stop and restart answer `pending`. */
  operationTimeoutMs: number
  /** The variables that programs inherit and `%(ENV_X)s` can name. They must be free of the service's own secrets. */
  environment: NodeJS.ProcessEnv
  machine?: Machine
  /** Removes secrets from what the programs print, but not from their log files. */
  redactor?: Redactor
  /** The folder of the service's own cgroup (version 2). Programs get theirs in it, or none when it is null. */
  cgroupFolder?: string | null
  log: Log
}

/**
 * Runs programs itself, by the rules of Python's Supervisor (Linux only). First ends what an earlier, killed instance has
 * left over. Then starts the programs with autostart, without waiting for them. Throws an Error for a bad configuration,
 * an unusable state folder, or another instance at work in that folder.
 */
export async function createEmbeddedSupervisor (options: EmbeddedSupervisorOptions): Promise<Supervisor> {
  const { configurationFile, stateFolder, environment, machine, redactor = createRedactor(), cgroupFolder = ownCgroupFolder(), log } = options
  const table = createRunTable()
  const configurations = await loadProgramConfigurations({ file: configurationFile, environment, machine, log })
  const cgroups = createRunCgroups({ folder: cgroupFolder, log })
  const records = createRunRecords({ folder: stateFolder, log })
  const past = new Map((await endOrphans({ records, table, cgroups, log })).map((record) => [record.program, record]))
  const names = new Set(configurations.map(({ name }) => name))
  const forgotten = [...past.values()].filter(({ program, ended }) => ended && !names.has(program))
  await Promise.all(forgotten.map(async ({ program }) => await records.remove(program)))
  const hurry = new AbortController()
  const programs = new Map(configurations.map((configuration) => [
    configuration.name,
    createProgram({ ...options, redactor, configuration, table, cgroups, records, record: past.get(configuration.name), hurry: hurry.signal }),
  ]))
  const aliases = new Map(configurations.map(({ group, name }) => [`${group}:${name}`, name]))
  startInOrder().catch((error) => log.warn({ err: error }, 'not all programs with autostart were started'))

  /** Spawns the programs of one rank side by side, then those of the next rank. Does not wait until they are up. */
  async function startInOrder (): Promise<void> {
    const wanted = configurations.filter(({ autostart }) => autostart)
    for (const rank of new Set(wanted.map(({ startRank }) => startRank))) {
      await Promise.all(wanted.filter(({ startRank }) => startRank === rank).map(async ({ name }) => await programs.get(name)?.spawn()))
    }
  }

  function find (name: string): Program {
    const program = programs.get(aliases.get(name) ?? name)
    if (program !== undefined) return program
    throw new CodedError('PROGRAM_NOT_FOUND', `The supervisor has no program "${name}"; its programs are: ${[...programs.keys()].join(', ')}.`)
  }

  async function close ({ waitedMs = 0 }: CloseOptions = {}): Promise<void> {
    const timer = setTimeout(() => hurry.abort(), CLOSE_GRACE_MS - waitedMs)
    await Promise.all([...programs.values()].map(async (program) => await program.close()))
    clearTimeout(timer)
  }

  return {
    programs: async () => [...programs.keys()],
    status: async (name) => find(name).status(),
    start: async (name, options = {}) => await find(name).start(options),
    stop: async (name) => await find(name).stop(),
    restart: async (name, options = {}) => await find(name).restart(options),
    logs: async (name, wanted) => await find(name).logs(wanted),
    follow: async (name, wanted) => find(name).follow(wanted),
    close,
  }
}
