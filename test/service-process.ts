import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { COVERAGE } from './coverage.js'
import { createAnswers, expectNothingPrinted, readEnclaveKey, type Secrets } from './leaks/printed.js'

export interface ServiceProcess {
  url: string
  child: ChildProcess
  /** Lines that it has printed. */
  output: string[]
  exited: Promise<[number | null, NodeJS.Signals | null]>
  /** Keeps answers to the test that did not come through `call`, so that they are searched, too. */
  answers: ReturnType<typeof createAnswers>
  call: (method: string, path: string, body?: unknown) => Promise<{ status: number, body: Record<string, any> }>
  setApiKey: (key: string) => void
  /** Waits for a line with this text, now or before. Throws an Error if the service ends without it. */
  untilPrinted: (text: string) => Promise<void>
}

const SERVER = new URL('../dist/src/server.js', import.meta.url).pathname

/**
 * Runs the service as a process of its own, and ends it with the test. Throws then if its output or an answer shows a
 * secret.
 */
export function spawnService (t: Test, {
  folder, variables = {}, isMeasured = false, before = [], options = [], program = SERVER
}: {
  folder: string
  variables?: NodeJS.ProcessEnv
  /** Its coverage counts. */
  isMeasured?: boolean
  /** A program with its arguments that runs Node, such as setpriv. */
  before?: string[]
  /** Options of Node. */
  options?: string[]
  /** The program that Node runs. The default is the service as tsc builds it. */
  program?: string
}) {
  const [command = '', ...values] = [
    ...before, process.execPath, '--enable-source-maps', ...options, ...isMeasured ? COVERAGE : [], program
  ]
  const child = spawn(command, values, {
    env: {
      ...process.env,
      PORT: '0',
      CONFIG_DIR: folder,
      SECP_KEY_PATH: join(folder, 'nowhere'),
      CHAIN_CHECKS: 'off',
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const errors: Buffer[] = []
  child.stderr.on('data', chunk => errors.push(chunk)).pipe(process.stderr)
  const output: string[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', line => output.push(line))
  const exited = once(child, 'exit') as ServiceProcess['exited']
  const closed = once(child, 'close')
  const answers = createAnswers()
  const secrets: Secrets = { folder, apiKeys: answers.apiKeys }
  // Teardowns run in reverse order, so that this one comes after the end of the process.
  t.teardown(async () => {
    await closed
    expectNothingPrinted([...output, Buffer.concat(errors), answers.take()].join('\n'), secrets)
  })
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 12_000)
    await exited
    clearTimeout(timer)
  })
  return { child, output, lines, exited, answers, secrets }
}

/** Starts the service and waits until it listens. */
export async function startService (t: Test, options: Parameters<typeof spawnService>[1]): Promise<ServiceProcess> {
  const { child, output, lines, exited, answers, secrets } = spawnService(t, options)
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', line => {
      const listening = /listening at (http:[^"]*)"/.exec(line)?.[1]
      if (listening !== undefined) resolve(listening)
    })
    lines.on('close', () => reject(new Error(`The service ended: ${output.join('\n')}`)))
  })
  // A test may damage the file later, so it is read now.
  secrets.enclaveKey = enclaveKeyOf(options)
  let apiKey = ''
  return {
    url,
    child,
    output,
    exited,
    answers,
    setApiKey: key => {
      apiKey = key
      answers.apiKeys.add(key)
    },
    untilPrinted: async text => {
      if (output.some(line => line.includes(text))) return
      await new Promise<void>((resolve, reject) => {
        lines.on('line', line => { if (line.includes(text)) resolve() })
        lines.on('close', () => reject(new Error(`The service ended without "${text}": ${output.join('\n')}`)))
      })
    },
    call: async (method, path, body) => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { 'api-key': apiKey, ...body !== undefined && { 'content-type': 'application/json' } },
        ...body !== undefined && { body: JSON.stringify(body) },
      })
      const text = await response.text()
      answers.keep(
        path,
        [response.status, response.statusText, ...[...response.headers].filter(([name]) => name !== 'date')],
        text
      )
      return { status: response.status, body: JSON.parse(text) as Record<string, any> }
    },
  }
}

/** Throws an Error if a running service has no enclave key, because the search would find nothing. */
function enclaveKeyOf ({ folder, variables }: Parameters<typeof spawnService>[1]): string {
  const given = variables?.['SECP_KEY_PATH']
  const key = (given === undefined ? null : readEnclaveKey(given)) ?? readEnclaveKey(join(folder, 'secp.sec'))
  if (key === null) throw new Error('The enclave key is in no file that the test knows of')
  return key
}
