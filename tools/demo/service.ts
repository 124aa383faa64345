import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Environment } from '../../schemas/environment.js'
import { projectFolder } from '../../test/project.js'

const SERVER = join(projectFolder(), 'dist/src/server.js')
/** The service ends itself within 10 s. */
const STOP_PATIENCE_MS = 12_000
const KEPT_LINES = 10

export interface ServiceProcess {
  /** Resolves to the URL once it listens. Rejects if it ends before. */
  listening: Promise<string>
  /** The last lines of its log. */
  lastLines: () => string[]
  /** Ends the service and its generator, and resolves when they are gone. */
  stop: () => Promise<void>
}

/** Runs the built service on a free port. It keeps all its files in `folder`. */
export function runService ({ folder }: { folder: string }): ServiceProcess {
  // A .env in the project's folder is the operator's, so the service runs in another folder. It has its own process
  // group, because the demo ends it after Ctrl-C.
  const child = spawn(process.execPath, [SERVER], {
    cwd: folder, env: serviceEnvironment(folder), detached: true, stdio: ['ignore', 'pipe', 'inherit']
  })
  const exited = once(child, 'exit')
  const lines: string[] = []
  const listening = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout })
      .on('line', line => {
        lines.push(line)
        if (lines.length > KEPT_LINES) lines.shift()
        const url = /listening at (http:[^"]*)"/.exec(line)?.[1]
        if (url !== undefined) resolve(url)
      })
      .on('close', () => reject(new Error('The service ended before it listened')))
  })

  async function stop (): Promise<void> {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS)
    await exited
    clearTimeout(timer)
  }

  return { listening, lastLines: () => lines, stop }
}

/** The operator's own settings of the service must not reach the demo's. */
function serviceEnvironment (folder: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !(name in Environment.properties))
  return {
    ...Object.fromEntries(inherited),
    PORT: '0',
    CONFIG_DIR: join(folder, 'generator_config'),
    SECP_KEY_PATH: join(folder, 'none'),
    SUPERVISORD_CONF: join(projectFolder(), 'tools/demo/supervisord.conf'),
    RPC_NETWORK: 'any',
  }
}
