import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Fields whose values differ from run to run: only their type is compared. */
const VARYING = new Set(['pid', 'uptime_seconds', 'started_at', 'stopped_at', 'r', 's', 'v', 'generator_public_key', 'generator_ecies_public_key', 'runtime_address', 'changed_at'])

export interface WalkedStep {
  command: string
  /** What was answered and what the README says: text, or JSON without what differs from run to run. */
  answer: string
  documented: string
  apiKey: string | null
}

/** A JSON.stringify replacer; may leave out more than what differs from run to run. */
export type Replacer = (name: string, value: unknown) => unknown

/** Runs each curl command of the README that has its answer below it, in order, against `endpoint`. */
export async function * walkReadme ({ readme, endpoint, replacer = comparable, signal }: {
  readme: string, endpoint: string, replacer?: Replacer, signal?: AbortSignal
}): AsyncGenerator<WalkedStep> {
  let apiKey: string | null = null
  for (const [, command = '', form, documented = ''] of readme.matchAll(/```sh\n([^`]*curl -s[^`]*)```\n```(json|text)\n([^`]*)```/g)) {
    const env: NodeJS.ProcessEnv = { ...process.env, ENDPOINT: endpoint, ...apiKey !== null && { API_KEY: apiKey } }
    const { stdout } = await run('bash', ['-c', command], { env, ...signal !== undefined && { signal } })
    if (/generateApiKey|rotateApiKey/.test(command)) apiKey = JSON.parse(stdout).data
    const [answer, expected] = [stdout, documented].map(text => form === 'text' ? text : JSON.stringify(JSON.parse(text), replacer)) as [string, string]
    yield { command, answer, documented: expected, apiKey }
  }
}

export function comparable (name: string, value: unknown): unknown {
  if (VARYING.has(name)) return value === null ? null : typeof value
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return '64 hex digits'
  return typeof value === 'string' ? value.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>') : value
}
