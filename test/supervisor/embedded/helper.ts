import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { createEmbeddedSupervisor, type EmbeddedSupervisorOptions } from '../../../src/supervisor/embedded/driver.js'
import {
  createRunCgroups, ownCgroupFolder, type RunCgroups
} from '../../../src/supervisor/embedded/process/run-cgroups.js'
import type { Log, Supervisor } from '../../../src/supervisor/supervisor.js'

export interface LogEntry { level: 'info' | 'warn' | 'error', details: Record<string, unknown>, message: string }

/** The command line of a fixture program. */
export function fixture (name: string, ...args: string[]): string {
  const file = fileURLToPath(new URL(`../../fixtures/programs/${name}.mjs`, import.meta.url))
  return [process.execPath, file, ...args].join(' ')
}

/** A `[program:x]` section. */
export function section (name: string, options: Record<string, string | number | boolean>): string {
  const lines = Object.entries({ autostart: false, startsecs: 0.3, ...options }).map(
    ([option, value]) => `${option}=${value}`
  )
  return [`[program:${name}]`, ...lines, ''].join('\n')
}

export function createTestLog (): { log: Log, entries: LogEntry[] } {
  const entries: LogEntry[] = []
  const write = (level: LogEntry['level']) => (details: object, message: string) => {
    entries.push({ level, details: { ...details }, message })
  }
  return { log: { info: write('info'), warn: write('warn'), error: write('error') }, entries }
}

/** Returns null if the machine has no cgroups. */
export function createTestCgroups (): RunCgroups | null {
  return createRunCgroups({ folder: ownCgroupFolder(), log: createTestLog().log })
}

export async function temporaryFolder (t: Test): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'embedded-'))
  t.teardown(async () => await rm(folder, { recursive: true, force: true }))
  return folder
}

export interface Setup {
  supervisor: Supervisor
  stateFolder: string
  configurationFile: string
  folder: string
  entries: LogEntry[]
}

/** A real embedded supervisor over the sections. It is closed when the test ends. */
export async function build (
  t: Test,
  sections: string,
  options: Partial<EmbeddedSupervisorOptions> = {}
): Promise<Setup> {
  const { folder, stateFolder, configurationFile } = await writeSetup(t, sections)
  const { log, entries } = createTestLog()
  const supervisor = await createEmbeddedSupervisor({
    configurationFile,
    stateFolder,
    operationTimeoutMs: 9_000,
    environment: { PATH: process.env['PATH'] },
    log,
    ...options,
  })
  t.teardown(async () => await supervisor.close())
  return { supervisor, stateFolder, configurationFile, folder, entries }
}

export async function writeSetup (t: Test, sections: string): Promise<Omit<Setup, 'supervisor' | 'entries'>> {
  const folder = await temporaryFolder(t)
  const stateFolder = path.join(folder, 'state')
  const configurationFile = path.join(folder, 'supervisord.conf')
  await mkdir(stateFolder, { mode: 0o700 })
  await writeFile(configurationFile, sections)
  return { folder, stateFolder, configurationFile }
}

/** Looks at the process table without the code under test. */
export function isAlive (pid: number | null | undefined): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !/^[ZX]/u.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}

/** Polls until the value is there. */
export async function until<T> (
  what: string,
  read: () => Promise<T | undefined | false> | T | undefined | false
): Promise<T> {
  const deadline = performance.now() + 15_000
  while (performance.now() < deadline) {
    const value = await read()
    if (value !== undefined && value !== false) return value
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`waited too long for ${what}`)
}

/** The first line of stdout, once it is there. */
export async function firstLine (supervisor: Supervisor, program: string): Promise<string> {
  return await until(
    `the first line of ${program}`,
    async () => (await supervisor.logs(program, { lines: 1_000, stream: 'stdout' }))?.[0]
  )
}
