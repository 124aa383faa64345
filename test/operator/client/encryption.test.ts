import { SigningKey } from 'ethers'
import t from 'tap'
import { createGeneratorClient, type GeneratorClientOptions } from '../../../operator/client/index.js'
import { createEnclaveKey } from '../../../src/enclave/enclave-key.js'
import { randomSecret } from '../../../src/enclave/secret.js'
import { numberedAddress, PRIVATE_KEY, setup } from '../../fixtures/configuration.js'
import { startHttpServer } from '../../fixtures/http-server.js'
import { startWithClient } from './service.js'

/** A client that keeps its requests as the host sees them. */
function listenIn (options: GeneratorClientOptions) {
  const seen: string[] = []
  const fetch: typeof globalThis.fetch = async (url, init) => {
    seen.push(`${new URL(String(url)).pathname} ${init?.body ?? ''}`)
    return await globalThis.fetch(url, init)
  }
  return { seen, client: createGeneratorClient({ ...options, fetch }) }
}

t.test('secrets are encrypted by default, and the rest on demand', async t => {
  const { url, apiKey, enclavePublicKey, service } = await startWithClient(t, { REQUIRE_ENCRYPTION: 'true' })
  const { client, seen } = listenIn({ url, apiKey, enclavePublicKey })
  const address = numberedAddress(9)
  t.match(await client.generatorConfigSetup(setup), { message: 'Config done', data: null })
  await client.updateRuntimeConfig({ private_key: PRIVATE_KEY })
  await client.updateRuntimeConfig({ http_url: 'https://rpc.example/another-key' })
  await client.updateGeneratorConfig({ address: numberedAddress(1), data: 'x' }, { encrypted: true })
  t.same(
    (await client.signAddress({ address }, { encrypted: true })).data,
    await service.app.enclaveKey.signAddress(address)
  )
  t.same(
    (await client.signAttestation({ attestation: '0x01', address }, { encrypted: true })).data,
    await service.app.enclaveKey.signAttestation('0x01', address)
  )
  t.ok(seen.every(line => /^\/api\/\w+Encrypted \{"request":\[/.test(line)))
  t.notMatch(seen.join(), PRIVATE_KEY)
  t.notMatch(seen.join(), 'another-key')
  t.equal(seen.length, 6)
  t.match(await client.updateRuntimeConfig({ chain_id: 5 }), { message: 'Runtime config updated' })
  t.equal(seen.at(-1), '/api/updateRuntimeConfig {"chain_id":5}')
  await t.rejects(client.generatorConfigSetup(setup, { encrypted: false }), {
    code: 'ENCRYPTION_REQUIRED', statusCode: 403
  })
  await t.rejects(client.signAddress({ address: 'x' }, { encrypted: true }), {
    code: 'INVALID_REQUEST', statusCode: 400
  })
})

t.test('the enclave\'s key is given in any form, or nothing secret is sent', async t => {
  const { connect, service, enclavePublicKey } = await startWithClient(t)
  const point = Buffer.from(service.app.enclaveKey.publicKey).toString('hex')
  for (const form of [enclavePublicKey, enclavePublicKey.slice(2), point, `0x${point}`, `04${point}`, `0x04${point}`]) {
    const client = connect({ enclavePublicKey: form })
    t.equal(await client.enclavePublicKey(), enclavePublicKey)
    t.equal((await client.generatorConfigSetup(setup)).statusCode, 200)
  }
  const { client, seen } = listenIn({ url: 'http://127.0.0.1:9' })
  await t.rejects(client.generatorConfigSetup(setup), { code: 'ENCLAVE_KEY_REQUIRED', statusCode: null })
  await t.rejects(client.updateRuntimeConfig({ private_key: PRIVATE_KEY }), { code: 'ENCLAVE_KEY_REQUIRED' })
  t.same(seen, [])
  t.equal(
    (await connect({ enclavePublicKey: undefined }).generatorConfigSetup(setup, { encrypted: false })).statusCode, 200
  )
})

t.test('trust on first use asks once, before there is a configuration', async t => {
  const { url, apiKey, enclavePublicKey } = await startWithClient(t)
  const { client, seen } = listenIn({ url, apiKey, enclavePublicKey: 'trust-on-first-use' })
  t.equal((await client.generatorConfigSetup(setup)).statusCode, 200)
  await client.updateRuntimeConfig({ private_key: PRIVATE_KEY })
  t.equal(await client.enclavePublicKey(), enclavePublicKey)
  t.same(seen.map(line => line.split(' ')[0]), [
    '/api/signAddress', '/api/generatorConfigSetupEncrypted', '/api/updateRuntimeConfigEncrypted'
  ])
  const nonsense = { r: `0x${'00'.repeat(32)}`, s: `0x${'00'.repeat(32)}`, v: 27 }
  const liar = await startHttpServer(t, (_request, response) => {
    response.end(JSON.stringify({
      status: 'success', message: 'm', data: nonsense
    }))
  })
  await t.rejects(
    createGeneratorClient({ url: liar, enclavePublicKey: 'trust-on-first-use' }).generatorConfigSetup(setup),
    { code: 'ANSWER_INVALID' }
  )
})

t.test('an answer that the enclave has not signed is refused', async t => {
  const enclave = createEnclaveKey({ secret: randomSecret() })
  const stranger = createEnclaveKey({ secret: randomSecret() })
  let answer: (data: unknown, responseKey: Buffer) => unknown = () => null
  const url = await startHttpServer(t, async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString())
    const { responseKey } = await enclave.open(body)
    response.end(JSON.stringify({ status: 'success', message: 'Config done', data: await answer(null, responseKey) }))
  })
  const client = createGeneratorClient({ url, enclavePublicKey: enclave.compressedPublicKey })
  const otherKey = Buffer.from(new SigningKey(randomSecret()).publicKey.slice(2), 'hex')
  const flip = (bytes: number[], index: number) => bytes.with(index, bytes[index]! ^ 1)
  const earlier = await enclave.seal(null, otherKey)
  const refused: [string, typeof answer][] = [
    ['in the clear', () => null],
    ['signed by another key', async (data, key) => await stranger.seal(data, key)],
    ['of an earlier request', () => earlier],
    ['altered', async (data, key) => {
      const sealed = await enclave.seal(data, key)
      return { ...sealed, response: flip(sealed.response, 100) }
    }],
    ['with another salt', async (data, key) => {
      const sealed = await enclave.seal(data, key)
      return { ...sealed, salt: flip(sealed.salt, 0) }
    }],
    ['with a short signature', async (data, key) => ({ ...await enclave.seal(data, key), signature: [1, 2, 3] })],
  ]
  for (const [name, forged] of refused) {
    answer = forged
    await t.rejects(client.generatorConfigSetup(setup), { code: 'ANSWER_NOT_VERIFIED' }, name)
  }
  answer = async (data, key) => await enclave.seal(data, key)
  t.equal((await client.generatorConfigSetup(setup)).message, 'Config done')
  answer = async (_data, key) => await enclave.seal('not null', key)
  await t.rejects(client.generatorConfigSetup(setup), { code: 'ANSWER_INVALID' })
})
