import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import type { ProgramChild, ProgramLog, RunOutput } from '../log/program-log.js'
import type { ProgramConfiguration } from '../program-conf.js'
import type { RunCgroups } from './run-cgroups.js'
import { RUN_ID_VARIABLE, type RunIdentity, type RunTable } from './run-table.js'

export interface RunExit { code: number | null, signal: string | null }

/** One run of a program, from spawn to exit. */
export interface Run {
  pid: number
  identity: RunIdentity
  output: RunOutput
  exited: Promise<RunExit>
}

/**
 * Spawns the program without a shell, as the leader of its own session and process group. Throws an Error that names the
 * missing folder, or the command that cannot be run.
 */
export async function spawnRun ({ configuration, environment, runId, table, cgroups, output }: {
  configuration: ProgramConfiguration, environment: NodeJS.ProcessEnv, runId: string, table: RunTable, cgroups: RunCgroups, output: ProgramLog
}): Promise<Run> {
  if (configuration.directory !== null) await checkDirectory(configuration.directory)
  const env = { ...environment, ...configuration.environment, [RUN_ID_VARIABLE]: runId }
  const { child, pid } = await spawnChild({ configuration, env, runId, cgroups })
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

/** Node throws some spawn errors and emits others. */
async function spawnChild ({ configuration: { launcher, command: words, directory }, env, runId, cgroups }: {
  configuration: ProgramConfiguration, env: NodeJS.ProcessEnv, runId: string, cgroups: RunCgroups
}): Promise<{ child: ProgramChild, pid: number }> {
  const [command = '', ...args] = [...launcher, ...words]
  try {
    const cwd = directory === null ? {} : { cwd: directory }
    const child = cgroups.spawnIn(runId, () => spawn(command, args, { ...cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] }))
    if (child.pid === undefined) throw (await once(child, 'error'))[0]
    return { child, pid: child.pid }
  } catch (error) {
    cgroups.remove(runId)
    const { code } = error as NodeJS.ErrnoException
    throw new Error(describeSpawnError({ command, code }), { cause: error })
  }
}

async function checkDirectory (directory: string): Promise<void> {
  const stats = await stat(directory).catch(() => null)
  if (stats?.isDirectory() !== true) throw new Error(`the directory "${directory}" does not exist`)
}

function describeSpawnError ({ command, code }: { command: string, code: string | undefined }): string {
  if (code === 'ENOENT') return `the command "${command}" (or the interpreter that its first line names) does not exist`
  if (code === 'EACCES') return `the command "${command}" is not executable`
  return `the command "${command}" cannot be started: ${code}`
}
