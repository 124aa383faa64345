/** The owner of a measured service, in a process of its own. Sends the request that its parent names, and says when it is answered. */
import { setPriority } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { recoverEnclaveKey, sealRequest } from '../../operator/client/encryption/secure-channel.js'
import type { Signature } from '../../src/enclave/signing.js'
import { numberedAddress, SETUP } from './setup.js'

const MINIMUM_MS = 100
/** Makes the body nearly the 4 MiB that a setup may have, and 14 MB when it is encrypted. */
const DATA_LENGTH = 300

// The owner really runs on another machine, and takes no time of this one.
setPriority(10)
const [url] = process.argv.slice(2)
const { data: key } = await (await fetch(`${url}/api/generateApiKey`, { method: 'POST' })).json() as { data: string }

const setup = {
  ...SETUP,
  generator_config: Array.from({ length: 10_000 }, (_, number) => ({
    address: numberedAddress(number),
    data: `generator ${number}`.padEnd(DATA_LENGTH, '.'),
    supported_markets: [String(number)],
  })),
}
const manyKeys = JSON.stringify(Object.fromEntries(Array.from({ length: 330_000 }, (_, index) => [index, 0])))

const WORK: Record<string, () => Promise<unknown>> = {
  nothing: async () => await setTimeout(MINIMUM_MS),
  setup: sending('POST', 'generatorConfigSetup', 200, JSON.stringify(setup)),
  'encrypted setup': sending('POST', 'generatorConfigSetup', 200, JSON.stringify(await sealed(setup))),
  getGeneratorConfig: sending('GET', 'getGeneratorConfig', 200),
  'a body of 330,000 keys': sending('POST', 'generatorConfigSetup', 400, manyKeys),
}

process.on('message', async (name: string) => {
  await WORK[name]!()
  process.send!('done')
})
process.send!('ready')

async function sealed (body: unknown): Promise<unknown> {
  const account = numberedAddress(0)
  const { data } = (await (await send('POST', 'signAddress', JSON.stringify({ address: account }))).json()) as {
    data: Signature
  }
  return sealRequest(recoverEnclaveKey(account, data), body).body
}

/** Makes a request that throws if the answer has another status. */
function sending (method: string, path: string, status: number, text?: string): () => Promise<void> {
  const body = text === undefined ? undefined : Buffer.from(text)
  return async () => {
    const response = await send(method, path, body)
    await response.arrayBuffer()
    if (response.status !== status) throw new Error(`${path} answered ${response.status}`)
  }
}

async function send (method: string, path: string, body?: string | Buffer): Promise<Response> {
  return await fetch(`${url}/api/${path}`, {
    method,
    headers: { 'api-key': key, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body }),
  })
}
