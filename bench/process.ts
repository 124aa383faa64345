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
  /** From spawn to the first answer, in ms. */
  startMs: number
  end: () => Promise<void>
}

const PROGRAMS = { bare: './bare.js', service: '../src/server.js' }
/** As `npm start` has it. */
const FLAGS = { bare: [], service: ['--max-semi-space-size=2'] }

/** Starts the built service, or Fastify alone, as a process of its own with a folder of its own. */
export async function run (program: keyof typeof PROGRAMS, variables: NodeJS.ProcessEnv = {}): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), 'generator-client-bench-'))
  const start = performance.now()
  const child = spawn(process.execPath, [...FLAGS[program], fileURLToPath(new URL(PROGRAMS[program], import.meta.url))], {
    env: { ...process.env, PORT: '0', CONFIG_DIR: folder, SECP_KEY_PATH: join(folder, 'nowhere'), CHAIN_CHECKS: 'off', ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await listeningUrl(child)
  await (await fetch(url)).arrayBuffer()
  const startMs = performance.now() - start
  child.stdout?.resume()
  return {
    url,
    pid: child.pid!,
    startMs,
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

async function listeningUrl (child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = /listening at (http:\S+?)"/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error('The program ended before it listened')
}
