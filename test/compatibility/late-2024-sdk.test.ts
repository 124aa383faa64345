import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createClientChannel } from '../fixtures/client-channel.js'
import { numberedAddress, PRIVATE_KEY, setup } from '../fixtures/configuration.js'
import { send } from './http.js'
import { WAYS } from './ways.js'
import { randomBytes } from '../random.js'

/** Decimal market ids, a markets map, ivs_url: the fields that came with the second generation of contracts. */
const { generator_config: [generator], runtime_config: runtime } = setup
const configuration = {
  generator_config: [
    {
      ...generator,
      supported_markets: ['3', '115792089237316195423570985008687907853269984665640564039457584007913129639935'],
    }
  ],
  runtime_config: {
    ...runtime,
    ivs_url: 'http://ivs.example:3030/',
    markets: { 3: { port: '6000', ivs_url: 'http://ivs.example:3030/' } },
  },
}

for (const [way, start] of Object.entries(WAYS)) {
  t.test(`the SDK of late 2024: a random API-Key, the real one in the URL, encrypted bodies, ${way}`, async t => {
    const folder = t.testdir()
    const { url } = await start(t, { folder, variables: { REQUIRE_ENCRYPTION: 'true' } })
    const issued = await send('POST', `${url}/api/generateApiKey`, {
      headers: { 'Content-Type': 'application/json' }, body: ''
    })
    const withCredentials = url.replace('http://', `http://operator:${issued.body['data']}@`)
    const call = async (method: string, path: string, body?: unknown, base = withCredentials) =>
      await send(method, `${base}/api/${path}`, {
        headers: { 'Content-Type': 'application/json', 'API-Key': randomBytes(16).toString('hex') },
        ...(body !== undefined ? { body: JSON.stringify(body) } : method === 'POST' && { body: '' }),
      })
    t.match(await call('GET', 'getGeneratorStatus', undefined, url), { status: 401, body: { code: 'API_KEY_INVALID' } })
    t.match(await call('GET', 'getGeneratorStatus'), { status: 200 })

    // The SDK has the key from the attestation; this test has it from the secret.
    const secret = await readFile(join(folder, 'secp.sec'))
    const { createEnclaveKey } = await import('../../src/enclave/enclave-key.js')
    const channel = createClientChannel(Buffer.concat([Buffer.of(4), createEnclaveKey({ secret }).publicKey]))

    const done = await call('POST', 'generatorConfigSetup', channel.seal(configuration))
    t.match(done, { status: 200, body: { status: 'success', message: 'Config done' } })
    t.equal(channel.open(done.body['data']), null)
    const stored = async (name: string) => JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8'))[name]
    t.strictSame(await stored('runtime_config'), { ...configuration.runtime_config, params_path: './params/' })
    t.match(await stored('generator_config'), [
      { supported_markets: configuration.generator_config[0]!.supported_markets }
    ])

    t.match(await call('POST', 'startGenerator'), { status: 200, body: { message: 'Generator started' } })
    const updated = await call(
      'PUT', 'updateRuntimeConfig', channel.seal({ private_key: `0x${'6'.repeat(64)}`, markets: {} })
    )
    t.match(updated, { status: 200, body: { message: 'Runtime config updated', restart_required: true } })
    t.equal(channel.open(updated.body['data']), null)
    t.match(await stored('runtime_config'), { private_key: '6'.repeat(64), markets: {} })

    const address = numberedAddress(8)
    for (const [path, body] of [
      ['signAddressEncrypted', { address }], ['signAttestationEncrypted', { attestation: '0x8444', address }]
    ] as const) {
      const { status, body: answer } = await call('POST', path, channel.seal(body))
      t.equal(status, 200)
      t.match(channel.open(answer['data']), { r: /^0x[0-9a-f]{64}$/, s: /^0x[0-9a-f]{64}$/, v: Number })
    }
    const changed = await call(
      'PUT', 'updateGeneratorConfigEncrypted', channel.seal({ address: numberedAddress(1), data: 'late' })
    )
    t.match(changed, { status: 200, body: { message: 'Generator config updated' } })

    t.match(
      await call('GET', 'getProgramStatus?program_name=kalypso-generator'),
      { status: 200, body: { message: 'Program status fetched', data: 'Program has been started.' } }
    )
    t.match(
      await call('POST', 'restartProgram', { program_name: 'kalypso-generator' }),
      { status: 200, body: { message: 'Program restarted' } }
    )
    t.match(
      await call('POST', 'stopProgram', { program_name: 'kalypso-generator' }),
      { status: 200, body: { message: 'Program stopped' } }
    )
    const plain = await call('PUT', 'updateRuntimeConfig', { private_key: '6'.repeat(64) })
    // In TLS the host cannot read the key.
    const isInTls = way !== 'directly'
    t.match(plain, isInTls ? { status: 200 } : { status: 403, body: { code: 'ENCRYPTION_REQUIRED' } })
    t.match(
      await call('POST', 'generatorConfigSetup', { ...channel.seal(setup), signature: [] }),
      { status: 400, body: { code: 'ENCRYPTED_BODY_INVALID' } }
    )
    t.match(await stored('runtime_config'), { private_key: '6'.repeat(64) })
    t.not(PRIVATE_KEY, '6'.repeat(64))
  })
}
