import type { AddressInfo } from 'node:net'
import { Agent } from 'undici'
import t, { type Test } from 'tap'
import { createClientChannel } from '../fixtures/client-channel.js'
import { numberedAddress, setup } from '../fixtures/configuration.js'
import { build, snapshot } from '../helper.js'

async function open (t: Test) {
  const service = await build(t)
  await service.generateApiKey()
  const enclaveKey = Buffer.concat([Buffer.of(4), service.app.enclaveKey.publicKey])
  return { ...service, enclaveKey, channel: createClientChannel(enclaveKey) }
}

const REPLAYED = { statusCode: 409, code: 'REPLAYED', message: /encrypt the request anew/ }

t.test('an encrypted body is carried out once; the host cannot make it its own either', async t => {
  const { send, channel, enclaveKey, folder } = await open(t)
  const first = channel.seal(setup)
  t.equal((await send('POST', '/api/generatorConfigSetup', first)).statusCode, 200)
  t.equal((await send('PUT', '/api/updateRuntimeConfig', channel.seal({ start_block: 99 }))).statusCode, 200)
  const before = await snapshot(folder)
  for (const url of ['generatorConfigSetup', 'generatorConfigSetupEncrypted']) {
    t.match((await send('POST', `/api/${url}`, first)).json(), REPLAYED)
    const rewrapped = createClientChannel(enclaveKey).sign(Uint8Array.from(first.request))
    t.match((await send('POST', `/api/${url}`, rewrapped)).json(), REPLAYED)
  }
  t.same(await snapshot(folder), before, 'nothing has changed')
  t.equal((await send('POST', '/api/generatorConfigSetup', channel.seal(setup))).statusCode, 200, 'encrypted anew')
})

t.test('a copy that comes while the first is under way is not carried out', async t => {
  const { send, channel } = await open(t)
  const body = channel.seal(setup)
  const answers = await Promise.all([1, 2, 3].map(async () => await send('POST', '/api/generatorConfigSetup', body)))
  t.strictSame(answers.map(({ statusCode }) => statusCode).sort(), [200, 409, 409])
})

t.test('a large body is known, too', async t => {
  const { send, channel } = await open(t)
  const body = channel.seal({ ...setup, runtime_config: { ...setup.runtime_config, markets: manyMarkets() } })
  t.ok(JSON.stringify(body).length > 256 * 1024)
  t.equal((await send('POST', '/api/generatorConfigSetup', body)).statusCode, 200)
  t.match((await send('POST', '/api/generatorConfigSetup', body)).json(), REPLAYED)
})

t.test('a refused body may come again, and a signature may be asked for again', async t => {
  const { send, channel } = await open(t)
  const update = channel.seal({ start_block: 99 })
  t.equal((await send('PUT', '/api/updateRuntimeConfig', update)).json().code, 'CONFIG_NOT_FOUND')
  await send('POST', '/api/generatorConfigSetup', setup)
  t.equal((await send('PUT', '/api/updateRuntimeConfig', update)).statusCode, 200)
  t.match((await send('PUT', '/api/updateRuntimeConfig', update)).json(), REPLAYED)
  const address = numberedAddress(5)
  const calls = { signAddress: { address }, signAttestation: { attestation: '0xab', address } }
  for (const [url, body] of Object.entries(calls)) {
    const sealed = channel.seal(body)
    t.equal((await send('POST', `/api/${url}`, sealed)).statusCode, 200, url)
    t.equal((await send('POST', `/api/${url}`, sealed)).statusCode, 200, url)
  }
})

t.test('TLS needs no such memory', async t => {
  const { app, apiKey, channel } = await open(t)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } })
  t.teardown(async () => await dispatcher.close())
  const body = JSON.stringify(channel.seal(setup))
  const url = `https://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/generatorConfigSetup`
  const setUp = async (): Promise<number> => {
    const { status } = await fetch(url, {
      method: 'POST',
      headers: { 'api-key': apiKey(), 'content-type': 'application/json' },
      body,
      // Node's own fetch takes an Agent of the package, whose types differ.
      dispatcher: dispatcher as never,
    })
    return status
  }
  t.equal(await setUp(), 200)
  t.equal(await setUp(), 200)
})

/** As many markets as a configuration may have, with long addresses. */
function manyMarkets () {
  return Object.fromEntries(Array.from({ length: 256 }, (_, index) => [
    String(index + 1), { port: String(10_000 + index), ivs_url: `https://ivs.example/${'x'.repeat(400)}` }
  ]))
}
