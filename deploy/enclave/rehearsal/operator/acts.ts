import { strict as assert } from 'node:assert'
import { comparable, readGuide, walkGuide } from '../../../../test/guide-walk.js'
import type { Narrator } from '../../../../tools/demo/narration/narrator.js'
import { settledStates } from '../enclaves/checks.js'
import type { Enclave } from '../machine/boot.js'
import type { Client } from './client.js'

const STATUS = '/api/getGeneratorStatus'
const RESTART_PATIENCE_MS = 30_000

/** Compares only the name of a process. The guide shows the other fields as the embedded supervisor reports them. */
function withoutProcess (name: string, value: unknown): unknown {
  if (name === 'process') return { name: (value as { name: string }).name }
  return comparable(name, value)
}

/** Runs every curl command of the guide against `endpoint`. Returns the API key. */
export async function walkThrough ({ project, endpoint, narrator, signal }: {
  project: string, endpoint: string, narrator: Narrator, signal: AbortSignal
}): Promise<string> {
  const guide = await readGuide(project)
  let key = ''
  for await (const { command, answer, documented, apiKey } of walkGuide({
    guide, endpoint, replacer: withoutProcess, signal
  })) {
    const [call = command] = /(?:-X \w+ )?"?\$ENDPOINT\S+/.exec(command) ?? []
    assert.equal(answer, documented, command)
    narrator.succeeded(call.replace('-X ', '').replaceAll(/"?\$ENDPOINT/g, ''))
    key = apiKey ?? key
  }
  return key
}

/**
 * Kills the service with kill -9. supervisord brings it back with key and configuration, and the generator keeps
 * running.
 */
export async function killService ({ enclave, client }: { enclave: Enclave, client: Client }): Promise<string> {
  const started = await client.call('POST', '/api/startGenerator')
  assert.equal(started.body.message, 'Generator started')
  const before = (await settledStates({ enclave })).get('generator-client')!.pid
  await enclave.run('bash', '-c', `kill -9 ${before}`)
  const { body } = await client.await({
    path: STATUS, patienceMs: RESTART_PATIENCE_MS, wanted: ({ status }) => status === 200,
  })
  const after = (await settledStates({ enclave })).get('generator-client')!.pid
  assert.notEqual(after, before)
  assert.equal(body.process?.pid, started.body.process?.pid)
  return `pid ${before} is pid ${after} now; the API key is valid, the generator runs on as ${body.process?.pid}`
}

/** Waits until the service answers through the proxies. On plain HTTP it says only that it lives. */
export async function awaitService ({ client }: { client: Client }): Promise<string> {
  await client.await({ path: '/health/live', patienceMs: RESTART_PATIENCE_MS, wanted: ({ status }) => status === 200 })
  for (const [method, path] of [['GET', STATUS], ['POST', '/api/generateApiKey'], ['GET', '/metrics']] as const) {
    const { status, body } = await client.call(method, path)
    assert.deepEqual([status, body.code], [403, 'CHANNEL_NOT_ATTESTED'], path)
  }
  return 'the service answers through the proxies, and refuses plain HTTP (CHANNEL_NOT_ATTESTED)'
}
