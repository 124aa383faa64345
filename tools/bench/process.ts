import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Running {
  url: string
  pid: number
  /** Time from spawn to the first answer, in ms. */
  startMs: number
  /** CPU time until then, in ms. Other work on the machine changes it less. */
  startCpuMs: number
  end: () => Promise<void>
}

/** `node` is an HTTP server of Node alone, and `bare` is Fastify alone. `npm start` runs `service`, and tsc builds `unbundled`. */
const PROGRAMS = {
  node: { path: './start/node-http.js', flags: [] },
  bare: { path: './start/bare.js', flags: [] },
  // package.json's start has the same option.
  service: { path: '../../bundle/generator-client.cjs', flags: ['--max-semi-space-size=2'] },
  unbundled: { path: '../../src/server.js', flags: ['--max-semi-space-size=2'] },
}
export type Program = keyof typeof PROGRAMS

/** Starts the program as a process of its own with a folder of its own. */
export async function run (program: Program, variables: NodeJS.ProcessEnv = {}): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'generator-client-bench-'))
  const start = performance.now()
  const { path, flags } = PROGRAMS[program]
  const child = spawn(process.execPath, [...flags, fileURLToPath(new URL(path, import.meta.url))], {
    env: {
      ...process.env,
      PORT: '0',
      CONFIG_DIR: folder,
      SECP_KEY_PATH: join(folder, 'nowhere'),
      CHAIN_CHECKS: 'off',
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await listeningUrl(child)
  await (await fetch(url)).arrayBuffer()
  const startMs = performance.now() - start
  const startCpuMs = await cpuTime(child.pid!)
  child.stdout?.resume()
  return {
    url,
    pid: child.pid!,
    startMs,
    startCpuMs,
    end: async () => {
      child.kill()
      await once(child, 'exit')
      await rm(folder, { recursive: true })
    },
  }
}

/** Resident memory in MB. */
export async function residentMemory (pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

/** User and system time in ms: fields 14 and 15 of proc(5), in ticks of 10 ms. */
export async function cpuTime (pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function listeningUrl (child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = /listening at (http:\S+?)"/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error('The program ended before it listened')
}
