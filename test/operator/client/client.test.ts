import { encrypt } from 'eciesjs'
import { SigningKey } from 'ethers'
import t from 'tap'
import {
  createGeneratorClient, decryptApiKey, GeneratorClientError, joinSignature, makeApiKey
} from '../../../operator/client/index.js'
import { numberedAddress, numberedGenerator, setup } from '../../fixtures/configuration.js'
import { startHttpServer, startJsonServer } from '../../fixtures/http-server.js'
import { startWithClient } from './service.js'

const PROGRAM = { program_name: 'kalypso-generator' }

t.test('an operator\'s day, a method per endpoint', async t => {
  const { client, service, enclavePublicKey } = await startWithClient(t)
  t.match(await client.getGeneratorStatus(), {
    statusCode: 200, status: 'success', data: "Generator hasn't been started yet."
  })
  t.match(await client.generatorConfigSetup(setup), { statusCode: 200, message: 'Config done', data: null })
  t.match(await client.preflight(), {
    message: 'Preflight checks done', data: { startable: true, chain_checks: 'off' }
  })
  t.match(await client.startGenerator(), { message: 'Generator started', process: { state: 'RUNNING' } })
  t.match(await client.getGeneratorLogs({ lines: 1 }), {
    message: 'Generator logs fetched', data: { stream: 'stdout', lines: [/Ready$/] }
  })
  const followed = client.followGeneratorLogs()
  const firstLine = followed.next()
  t.match(await client.updateRuntimeConfig({ start_block: 11 }), {
    message: 'Runtime config updated', restart_required: true
  })
  t.match(await client.addNewGenerator(numberedGenerator(2)), {
    message: 'Generator config updated', restart_required: true
  })
  t.match(
    await client.updateGeneratorConfig({ address: numberedAddress(2), data: 'new' }),
    { message: 'Generator config updated' }
  )
  t.match(await client.getGeneratorConfig(), {
    restart_required: true, data: { generator_config: [{ data: 'generator 1' }, { data: 'new' }] }
  })
  t.match(await client.removeGenerator({ address: numberedAddress(2) }), { message: 'Removed Generator' })
  t.match(await client.getRuntimeConfig(), { data: { runtime_config: { start_block: 11 } } })
  t.match(await client.restartGenerator(), { message: 'Generator restarted' })
  t.match(await firstLine, { value: /SIGTERM: stopping$/ })
  await followed.return()
  await t.rejects(client.benchmark({ market_id: '7' }), { code: 'MARKET_NOT_FOUND', statusCode: 404 })
  t.match(
    await client.fetchGeneratorPublicKeys({ generator_address: numberedAddress(1) }),
    { data: { generator_ecies_public_key: enclavePublicKey } }
  )
  const address = numberedAddress(5)
  t.same((await client.signAddress({ address })).data, await service.app.enclaveKey.signAddress(address))
  t.same(
    (await client.signAttestation({ attestation: '0x8444', address })).data,
    await service.app.enclaveKey.signAttestation('0x8444', address)
  )
  t.match(await client.stopGenerator(), { message: 'Generator stopped', process: { state: 'STOPPED' } })
  t.match(await client.getProgramStatus(PROGRAM), { data: 'Program has been stopped.' })
  t.match(await client.startProgram(PROGRAM), { message: 'Program started' })
  t.match(await client.restartProgram(PROGRAM), { message: 'Program restarted' })
  t.match(await client.stopProgram(PROGRAM), { message: 'Program stopped' })
})

t.test('the key is issued to a client without one, and may stand in the URL', async t => {
  const { url, apiKey } = await startWithClient(t)
  const { hostname, port } = new URL(url)
  const client = createGeneratorClient({ url: `http://operator:${apiKey}@${hostname}:${port}/` })
  t.equal((await client.getGeneratorStatus()).statusCode, 200)
  await t.rejects(createGeneratorClient({ url }).generateApiKey(), {
    code: 'API_KEY_ALREADY_GENERATED', statusCode: 409
  })
  await t.rejects(createGeneratorClient({ url }).getGeneratorStatus(), { code: 'API_KEY_MISSING', statusCode: 401 })
  await t.rejects(createGeneratorClient({ url, apiKey: 'wrong' }).getGeneratorStatus(), { code: 'API_KEY_INVALID' })
  await t.rejects(client.addNewGenerator(numberedGenerator(1)), new GeneratorClientError('CONFIG_NOT_FOUND',
    'There is no configuration yet: call generatorConfigSetup first', { statusCode: 409 }))
  await t.rejects(client.stopProgram({ program_name: 'sshd' }), {
    code: 'PROGRAM_NOT_MANAGED', data: { field: 'program_name' }
  })
  const fresh = await startJsonServer(t, 200, {
    status: 'success', message: 'API key generated', data: 'ab'.repeat(32)
  })
  t.equal((await createGeneratorClient({ url: fresh }).generateApiKey()).data, 'ab'.repeat(32))
})

t.test('the key is replaced, and decrypted where the service encrypts it', async t => {
  const privateKey = '17'.repeat(32)
  const { client, url } = await startWithClient(t)
  const apiKey = makeApiKey()
  const rotated = { status: 'success', message: 'API key rotated', data: null, statusCode: 200 }
  t.same(await client.rotateApiKey(apiKey), rotated)
  t.same(await client.rotateApiKey(apiKey), rotated, 'the same call again')
  t.same(
    await createGeneratorClient({
      url, apiKey, enclavePublicKey: 'trust-on-first-use'
    }).rotateApiKey(apiKey, { encrypted: true }),
    rotated
  )
  await t.rejects(client.getGeneratorStatus(), { code: 'API_KEY_INVALID', statusCode: 401 })
  t.equal((await createGeneratorClient({ url, apiKey }).getGeneratorStatus()).statusCode, 200)

  const data = Buffer.from(encrypt(
    new SigningKey(`0x${privateKey}`).publicKey.slice(2), Buffer.from(apiKey)
  )).toString('hex')
  t.equal(await decryptApiKey({ privateKey, data }), apiKey)
  t.equal(await decryptApiKey({ privateKey: `0x${privateKey}`, data }), apiKey)
  await t.rejects(decryptApiKey({ privateKey: '18'.repeat(32), data }), {
    message: /is not an API key that is encrypted to this private key/
  })
  await t.rejects(decryptApiKey({ privateKey, data: apiKey }), { name: 'Error' })
  await t.rejects(decryptApiKey({ privateKey: 'x', data }), {
    name: 'TypeError', message: /^privateKey must be a secp256k1 private key/
  })
})

t.test('preflight, benchmark and logs', async t => {
  const answers: Record<string, unknown> = {
    '/api/preflight': {
      startable: true,
      chain_checks: 'off',
      checks: [{ name: 'rpc', result: 'skipped', message: 'm', remedy: null, code: null, finding: null }],
    },
    '/api/benchmark?market_id=7': { time_in_ms: 81 },
    '/api/getGeneratorLogs': { stream: 'stdout', lines: ['first', 'last'] },
    '/api/getGeneratorLogs?lines=5&stream=stderr': { stream: 'stderr', lines: ['error'] },
  }
  const url = await startHttpServer(t, (request, response) => {
    response.end(JSON.stringify({ status: 'success', message: 'done', data: answers[request.url!] }))
  })
  const client = createGeneratorClient({ url, apiKey: 'key' })
  t.same((await client.preflight()).data, answers['/api/preflight'])
  t.same((await client.benchmark({ market_id: '7' })).data, { time_in_ms: 81 })
  t.same((await client.getGeneratorLogs()).data.lines, ['first', 'last'])
  t.same((await client.getGeneratorLogs({ lines: 5, stream: 'stderr' })).data.lines, ['error'])
})

t.test('a wrong url or enclave key is said at once', async t => {
  t.throws(() => createGeneratorClient({ url: 'ftp://host' }), {
    name: 'TypeError', message: 'url must begin with http:// or https://'
  })
  t.throws(() => createGeneratorClient({ url: 'nonsense' }), { name: 'TypeError' })
  for (const enclavePublicKey of ['', '0x', '0x1234', `0x02${'f'.repeat(64)}`, 'x'.repeat(128)]) {
    t.throws(
      () => createGeneratorClient({ url: 'http://host', enclavePublicKey }),
      { name: 'TypeError', message: /must be a secp256k1 point/ }
    )
  }
})

t.test('r|s|v', async t => {
  t.equal(
    joinSignature({ r: `0x${'01'.repeat(32)}`, s: `0x${'02'.repeat(32)}`, v: 28 }),
    `0x${'01'.repeat(32)}${'02'.repeat(32)}1c`
  )
})
