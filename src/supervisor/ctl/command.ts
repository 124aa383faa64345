import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { CodedError } from '../../errors.js'
import { sendSignal } from '../../machine/signal.js'

const MAX_OUTPUT_CHARACTERS = 4 * 1024 * 1024

/** Throws an Error with a remedy if there is nothing to execute at the path. */
export function createCtlCommand ({ executable, environment }: { executable: string, environment: NodeJS.ProcessEnv }) {
  const file = findExecutable(executable)
  const running = new Set<() => void>()
  let isClosed = false

  /**
   * Runs `<executable> ctl <words>`. `signal` ends the call, and must not be aborted yet. Throws SUPERVISOR_TIMEOUT, or
   * SUPERVISOR_UNAVAILABLE if it cannot run.
   */
  async function run (words: string[], { deadlineMs, signal }: { deadlineMs: number, signal?: AbortSignal }) {
    if (isClosed) throw unavailable('the service is shutting down')
    // A group of its own lets a hung call die with everything that it started.
    const call = execa(file, ['ctl', ...words], {
      detached: true,
      stdin: 'ignore',
      reject: false,
      maxBuffer: MAX_OUTPUT_CHARACTERS,
      extendEnv: false,
      env: { ...environment, SUPERVISOR_GROUP_DISPLAY: 'no' },
    })
    let isLate = false
    const kill = (): void => {
      if (call.pid !== undefined) sendSignal(-call.pid, 'SIGKILL')
      // A grandchild that has left the group may still hold the output, and execa would wait for it.
      call.stdout.destroy()
      call.stderr.destroy()
    }
    const timer = setTimeout(() => { isLate = true; kill() }, deadlineMs)
    signal?.addEventListener('abort', kill)
    running.add(kill)
    const { exitCode, stdout, stderr, code } = await call
    running.delete(kill)
    signal?.removeEventListener('abort', kill)
    clearTimeout(timer)
    if (isLate) {
      throw new CodedError('SUPERVISOR_TIMEOUT',
        `"supervisord ctl ${words[0]}" did not end within ${deadlineMs} ms; check whether supervisord hangs or is stopped.`)
    }
    if (exitCode === undefined) throw unavailable(code === undefined ? 'the call was ended by a signal' : `it cannot be run (${code})`)
    return { exitCode, stdout, stderr }
  }

  /** Kills all running calls and refuses later ones. */
  function close (): void {
    isClosed = true
    for (const kill of running) kill()
  }

  return { run, close }

  function unavailable (reason: string): CodedError {
    return new CodedError('SUPERVISOR_UNAVAILABLE', `"supervisord ctl" failed: ${reason}; check SUPERVISORD_PATH.`)
  }
}

function findExecutable (executable: string): string {
  const file = isFolder(executable) ? path.join(executable, 'supervisord') : executable
  try {
    accessSync(file, constants.X_OK)
  } catch (cause) {
    throw new Error(`SUPERVISORD_PATH: there is no executable file at ${file}. Set it to the supervisord executable or to the folder that holds it, or use SUPERVISORD_URL.`, { cause })
  }
  if (isFolder(file)) throw new Error(`SUPERVISORD_PATH: ${file} is a folder. Set it to the supervisord executable.`)
  return path.resolve(file)
}

function isFolder (file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true
}
