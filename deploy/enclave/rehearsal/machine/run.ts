import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { isolated } from './isolated.js'

const execute = promisify(execFile)
/** A root file system takes the longest. */
const TIMEOUT_MS = 300_000

/** Runs a program to its end. Returns its output, or throws with its last lines where it fails. */
export async function run (
  program: string,
  parameters: string[],
  options: { signal?: AbortSignal } = {}
): Promise<string> {
  try {
    return (await execute(program, parameters, { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', ...options })).stdout
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    throw new Error(`${program} failed: ${stderr.trim().split('\n').slice(-5).join('\n')}`, { cause: error })
  }
}

/** Runs a program that starts others. An interruption ends them, too. */
export async function runIsolated (command: string[], options: { signal: AbortSignal }): Promise<string> {
  return await run('setpriv', isolated(command), options)
}
