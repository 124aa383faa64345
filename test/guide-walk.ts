import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A started generator may take this time for its first lines, on a busy machine. */
const LOG_PATIENCE_MS = 15_000
const POLL_MS = 200

/** Values of these fields differ from run to run, so that only their type is compared. */
const VARYING = new Set([
  'pid', 'uptime_seconds', 'started_at', 'stopped_at', 'r', 's', 'v', 'generator_public_key',
  'generator_ecies_public_key', 'runtime_address', 'changed_at',
])

export interface WalkedStep {
  command: string
  /** The real answer and the documented one: text, or JSON without the fields that differ from run to run. */
  answer: string
  documented: string
  apiKey: string | null
}

/** A JSON.stringify replacer. It may leave out further fields. */
export type Replacer = (name: string, value: unknown) => unknown

/** The pages whose commands an operator plays, in this order. */
const PAGES = ['docs/first-day.md', 'docs/security.md', 'docs/monitoring.md']

/** The text of these pages. `project` is the folder of the repository. */
export async function readGuide (project: string): Promise<string> {
  return (await Promise.all(PAGES.map(async page => await readFile(join(project, page), 'utf8')))).join('\n')
}

/** Runs each curl command of the guide that has its answer below it, in order, against `endpoint`. */
export async function * walkGuide ({ guide, endpoint, replacer = comparable, signal }: {
  guide: string, endpoint: string, replacer?: Replacer, signal?: AbortSignal
}): AsyncGenerator<WalkedStep> {
  let apiKey: string | null = null
  for (const [, command = '', form, documented = ''] of guide.matchAll(
    /```sh\n([^`]*curl -s[^`]*)```\n```(json|text)\n([^`]*)```/g
  )) {
    const env: NodeJS.ProcessEnv = { ...process.env, ENDPOINT: endpoint, ...apiKey !== null && { API_KEY: apiKey } }
    const compared = (text: string) => form === 'text' ? text : JSON.stringify(JSON.parse(text), replacer)
    const ask = async () => (await run('bash', ['-c', command], { env, ...signal !== undefined && { signal } })).stdout
    const expected = compared(documented)
    const deadline = performance.now() + (command.includes('getGeneratorLogs') ? LOG_PATIENCE_MS : 0)
    let stdout = await ask()
    while (compared(stdout) !== expected && performance.now() < deadline) {
      await pause(POLL_MS, null, { signal })
      stdout = await ask()
    }
    if (/generateApiKey|rotateApiKey/.test(command)) apiKey = JSON.parse(stdout).data
    yield { command, answer: compared(stdout), documented: expected, apiKey }
  }
}

export function comparable (name: string, value: unknown): unknown {
  if (VARYING.has(name)) return value === null ? null : typeof value
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return '64 hex digits'
  return typeof value === 'string' ? value.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>') : value
}
