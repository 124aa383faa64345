import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

/** Anvil's well-known first account, funded on every fresh chain. Never a secret. */
export const FUNDED_KEY = 'ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80'

export interface Anvil {
  /** http://127.0.0.1:port */
  url: string
  port: number
  chainId: number
  /** Ends the node, and resolves when it is gone. The chain is lost, unless `stateFile` keeps it. */
  stop (): Promise<void>
}

/**
 * Starts an ephemeral EVM node on a free port of loopback, or on `port`. It reads the chain from `stateFile`, where the
 * file exists, and writes it there at the end.
 */
export async function startAnvil ({ port = 0, chainId = 31337, stateFile }: {
  port?: number, chainId?: number, stateFile?: string
} = {}): Promise<Anvil> {
  const state = stateFile === undefined ? [] : ['--state', stateFile]
  const child = spawn(anvilBinary(), [
    '--host', '127.0.0.1', '--port', String(port), '--chain-id', String(chainId), ...state
  ], {
    // Ctrl-C on a terminal must not reach the node.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const actualPort = await listeningPort(child)
  return { url: `http://127.0.0.1:${actualPort}`, port: actualPort, chainId, stop: () => stop(child) }
}

/**
 * Returns the node itself rather than npm's launcher before it. npm installs the node as a package for this platform.
 * Otherwise the install script of @foundry-rs/anvil fetches it, if npm may run the script.
 */
export function anvilBinary (resolve: (path: string) => string = createRequire(import.meta.url).resolve): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  for (const path of [`@foundry-rs/anvil-${process.platform}-${architecture}/bin/anvil`, '@foundry-rs/anvil/anvil']) {
    try {
      return resolve(path)
    } catch {
      // The next place may have it.
    }
  }
  throw new Error(
    `anvil is not installed for ${process.platform} ${process.arch}: run npm rebuild @foundry-rs/anvil, or npm ci again`
  )
}

async function listeningPort (child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error('anvil has no standard output')
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^Listening on .*:(\d+)$/.exec(line)?.[1]
    if (port === undefined) continue
    child.stdout.resume()
    return Number(port)
  }
  throw new Error('anvil ended before it was listening')
}

async function stop (child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}
