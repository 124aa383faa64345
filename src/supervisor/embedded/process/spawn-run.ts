import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import type { ProgramChild, ProgramLog } from '../log/program-log.js'
import type { ProgramConfiguration } from '../conf/program.js'
import type { RunCgroups } from './run-cgroups.js'
import { RUN_ID_VARIABLE, type RunIdentity, type RunTable } from './run-table.js'

export interface RunExit { code: number | null, signal: string | null }

/** One run of a program, from spawn to exit. */
export type Run = Awaited<ReturnType<typeof spawnRun>>

export interface SpawnOptions {
  configuration: ProgramConfiguration
  environment: NodeJS.ProcessEnv
  runId: string
  table: RunTable
  /** Null on a machine without cgroups. */
  cgroups: RunCgroups | null
  output: ProgramLog
}

/** Spawns the program as the leader of its own session and group. Throws an Error that says what is missing. */
export async function spawnRun (options: SpawnOptions) {
  const { runId, table, output } = options
  const { child, pid } = await spawnChild(options)
  // Even a process that has ended keeps its entry until the next turn of Node's event loop.
  const identity: RunIdentity = { runId, leader: table.entry(pid), endedAt: null }
  const exited = new Promise<RunExit>(resolve => {
    child.once('exit', (code, signal) => {
      identity.endedAt = table.now()
      resolve({ code, signal })
    })
  })
  return { pid, identity, output: output.attach(child), exited }
}

async function spawnChild ({ configuration, environment, runId, cgroups }: SpawnOptions): Promise<{ child: ProgramChild, pid: number }> {
  const { launcher, command: words, directory } = configuration
  const stats = directory === null ? null : await stat(directory).catch(() => null)
  if (directory !== null && stats?.isDirectory() !== true) throw new Error(`the directory "${directory}" does not exist`)
  const env = { ...environment, ...configuration.environment, [RUN_ID_VARIABLE]: runId }
  const cwd = directory === null ? {} : { cwd: directory }
  const [command = '', ...args] = [...launcher, ...words]
  const begin = (): ProgramChild => spawn(command, args, { ...cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  // Node throws some spawn errors and emits others.
  try {
    const child = cgroups === null ? begin() : cgroups.spawnIn(runId, begin)
    if (child.pid === undefined) throw (await once(child, 'error'))[0]
    return { child, pid: child.pid }
  } catch (error) {
    cgroups?.remove(runId)
    throw new Error(describeSpawnError(command, error as NodeJS.ErrnoException), { cause: error })
  }
}

function describeSpawnError (command: string, { code }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `the command "${command}" (or the interpreter that its first line names) does not exist`
  if (code === 'EACCES') return `the command "${command}" is not executable`
  return `the command "${command}" cannot be started: ${code}`
}
