import { strict as assert } from 'node:assert'
import type { Narrator } from '../../../tools/demo/narration/narrator.js'
import { comparable, readGuide, walkGuide } from '../../../test/guide-walk.js'
import type { Enclave } from './boot.js'
import { programStates } from './checks.js'
import type { Client } from './client.js'

const STATUS = '/api/getGeneratorStatus'
const RESTART_PATIENCE_MS = 30_000
const GUIDE_GENERATOR = '0xb05e1dA573707223574443AC6DD1054A9e3A451F'

/** Compares only the name of a process. The guide shows the other fields as the embedded supervisor reports them. */
function withoutProcess (name: string, value: unknown): unknown {
  if (name === 'process') return { name: (value as { name: string }).name }
  return comparable(name, value)
}

/** Runs every curl command of the guide through the proxies. Returns the API key. */
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

/** Checks that the attested secp256k1 key belongs to the address and ECIES key of the API. */
export async function compareAttestation ({
  client, attestationUrl
}: {
  client: Client, attestationUrl: string
}): Promise<string> {
  const document = await (await fetch(`${attestationUrl}/attestation/raw`)).json() as { public_key: string }
  const { body } = await client.call('POST', '/api/fetchGeneratorPublicKeys', { generator_address: GUIDE_GENERATOR })
  const point = Buffer.from(document.public_key, 'hex')
  const compressed = Buffer.concat([Buffer.from([2 + (point.at(-1)! & 1)]), point.subarray(0, 32)])
  assert.equal(body.data.generator_ecies_public_key, `0x${compressed.toString('hex')}`)
  return `port 1500 attests ${body.data.generator_ecies_public_key.slice(0, 12)}…, the API's own`
}

/**
 * Kills the service with kill -9. supervisord brings it back with key and configuration, and the generator keeps
 * running.
 */
export async function killService ({ enclave, client }: { enclave: Enclave, client: Client }): Promise<string> {
  const started = await client.call('POST', '/api/startGenerator')
  assert.equal(started.body.message, 'Generator started')
  const before = (await programStates({ enclave })).get('generator-client')!.pid
  await enclave.run('bash', '-c', `kill -9 ${before}`)
  const { body } = await client.await({
    path: STATUS, patienceMs: RESTART_PATIENCE_MS, wanted: ({ status }) => status === 200,
  })
  const after = (await programStates({ enclave })).get('generator-client')!.pid
  assert.notEqual(after, before)
  assert.equal(body.process?.pid, started.body.process?.pid)
  return `pid ${before} is pid ${after} now; the API key is valid, the generator runs on as ${body.process?.pid}`
}

/** Waits until the enclave answers through the proxies. No API key exists yet. */
export async function awaitService ({ client }: { client: Client }): Promise<string> {
  const { body } = await client.await({
    path: STATUS, patienceMs: RESTART_PATIENCE_MS, wanted: ({ status }) => status === 401
  })
  assert.equal(body.code, 'API_KEY_NOT_GENERATED')
  return 'the service answers through the proxies; no API key exists'
}
