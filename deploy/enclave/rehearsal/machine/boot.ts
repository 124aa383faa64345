import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { isolated } from './isolated.js'
import { run } from './run.js'

const SEARCH_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export interface Enclave {
  /** Everything that the console has shown. */
  console: string[]
  /** Runs a program inside the enclave. */
  run (...command: string[]): Promise<string>
  /** Starts a program inside the enclave. It ends with the enclave. */
  start (...command: string[]): void
  /** The unix socket that stands for vsock 88:`port`. */
  door (port: number): string
  /** Asks process 1 to end, as `docker stop` does. */
  terminate (): Promise<void>
  /** Ends the enclave with all its processes, at once. */
  stop (): Promise<void>
}

/**
 * Runs the command `entryPoint` as process 1 of new network, mount and process namespaces, with the folder `root` as
 * root. The environment holds only PATH and `variables` ("NAME=value").
 */
export async function bootEnclave ({ root, entryPoint, variables, signal }: {
  root: string, entryPoint: string[], variables: string[], signal: AbortSignal
}): Promise<Enclave> {
  // detached keeps Ctrl-C on the terminal away from the enclave's processes.
  const child = spawn('setpriv', isolated(
    ['/usr/bin/env', '-i', SEARCH_PATH, ...variables, ...entryPoint], ['--net', '--mount', `--root=${root}`]
  ), { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const exited = once(child, 'exit')
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', line => lines.push(line))
  }

  async function terminate (firstProcess: string): Promise<void> {
    process.kill(Number(firstProcess), 'SIGTERM')
    await exited
  }

  async function stop (): Promise<void> {
    child.kill('SIGKILL')
    await exited
  }

  try {
    const firstProcess = await onlyChildOf(child.pid!, signal)
    const entering = [
      '--target', firstProcess, '--net', '--mount', '--pid', '--root', '--wd', '/usr/bin/env', '-i', SEARCH_PATH
    ]
    return {
      console: lines,
      run: async (...command) => await run('nsenter', [...entering, ...command], { signal }),
      start: (...command) => {
        spawn('nsenter', [...entering, ...command], { stdio: 'ignore', detached: true }).on('error', () => {})
      },
      door: port => join(root, 'run/vsock', `88:${port}`),
      terminate: async () => await terminate(firstProcess),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function onlyChildOf (pid: number, signal: AbortSignal): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
    if (children !== '') return children.trim()
    await pause(20, null, { signal })
  }
  throw new Error('unshare has started nothing')
}
