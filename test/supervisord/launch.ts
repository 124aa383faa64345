import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { COVERAGE } from '../coverage.js'

const PROGRAM = fileURLToPath(new URL('../../supervisord/rehearsal-generator.mjs', import.meta.url))
const PATIENCE_MS = 20_000
const END_PATIENCE_MS = 5000

/** Canary keys and URL secrets of the config below. None of them may reach the output. */
export const ECIES_KEY = '11111111111111111111111111111111111111111111111111111111deadbeef'
export const GAS_KEY = '22222222222222222222222222222222222222222222222222222222cafebabe'
export const URL_SECRETS = ['wss-access-key', 'http-access-key', 'user-name', 'pass-word']

export const generator = {
  address: '0xb05e1dA573707223574443AC6DD1054A9e3A451F',
  ecies_private_key: ECIES_KEY,
  data: 'Eren',
  supported_markets: ['1', '2'],
}

export const runtime = {
  ws_url: 'wss://sockets.example/wss-access-key',
  http_url: 'https://user-name:pass-word@rpc.example:8443/http-access-key',
  private_key: GAS_KEY,
  proof_market_place: '0x2F1A3149D2798cA9Dfd7445B3cb713B4CD416b7d',
  generator_registry: '0x5f23d4eC6607fb381759151B02795187815b0487',
  start_block: 27432365,
  chain_id: 42170,
  params_path: './params/',
  markets: {},
}

/** The two files in the form of t.testdir(). */
export function configFiles ({
  generators = [generator], runtimeConfig = runtime
}: { generators?: unknown, runtimeConfig?: unknown } = {}) {
  return {
    'generator_config.json': JSON.stringify({ generator_config: generators }),
    'runtime_config.json': JSON.stringify({ runtime_config: runtimeConfig }),
  }
}

export interface Rehearsal {
  child: ChildProcess
  stdout: () => string
  stderr: () => string
  /** Resolves once the text is in stdout. Rejects if the program ends before. */
  printed: (text: string) => Promise<void>
  ended: Promise<{ code: number | null, signal: string | null }>
}

/** Runs the real program in `folder`, and ends it with the test. */
export function launch (t: Test, {
  folder, environment = {}
}: { folder: string, environment?: Record<string, string> }): Rehearsal {
  const { CONFIG_DIR, ...inherited } = process.env
  const child = spawn(process.execPath, [...COVERAGE, PROGRAM], { cwd: folder, env: { ...inherited, ...environment } })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', chunk => { stdout += chunk })
  child.stderr.setEncoding('utf8').on('data', chunk => { stderr += chunk })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  t.teardown(() => end(child))
  const printed = async (text: string) => {
    const deadline = AbortSignal.timeout(PATIENCE_MS)
    while (!stdout.includes(text)) {
      const over = await Promise.race([once(child.stdout, 'data', { signal: deadline }), ended.then(() => 'ended')])
      if (over === 'ended' && !stdout.includes(text)) {
        throw new Error(
          `ended before it printed "${text}": ${stdout}${stderr}`
        )
      }
    }
  }
  return { child, stdout: () => stdout, stderr: () => stderr, printed, ended }
}

/** Uses SIGTERM first, because a killed program reports no coverage. */
async function end (child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const kill = setTimeout(() => child.kill('SIGKILL'), END_PATIENCE_MS)
  await once(child, 'exit')
  clearTimeout(kill)
}

/** Runs until it is ready to take requests. */
export async function launchReady (t: Test, options: Parameters<typeof launch>[1]): Promise<Rehearsal> {
  const rehearsal = launch(t, options)
  await rehearsal.printed('Ready\n')
  return rehearsal
}
