import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)
/** A root file system takes the longest. */
const TIMEOUT_MS = 300_000

/** Runs a program to its end; gives what it printed, throws with its last lines where it fails. */
export async function run (program: string, parameters: string[], options: { signal?: AbortSignal, env?: NodeJS.ProcessEnv } = {}): Promise<string> {
  try {
    return (await execute(program, parameters, { timeout: TIMEOUT_MS, ...options })).stdout
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    throw new Error(`${program} failed: ${stderr.trim().split('\n').slice(-5).join('\n')}`, { cause: error })
  }
}
