import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createClientChannel } from '../fixtures/client-channel.js'
import { numberedAddress, numberedGenerator, PRIVATE_KEY, setup } from '../fixtures/configuration.js'
import { build, snapshot, type Service } from '../helper.js'

async function open (t: Parameters<typeof build>[0], variables: NodeJS.ProcessEnv = {}) {
  const service = await build(t, { variables })
  await service.generateApiKey()
  const enclaveKey = Buffer.concat([Buffer.of(4), service.app.enclaveKey.publicKey])
  return { service, channel: createClientChannel(enclaveKey) }
}

async function runtimeOf ({ folder }: Service) {
  return JSON.parse(await readFile(join(folder, 'runtime_config.json'), 'utf8')).runtime_config
}

t.test('every encrypted endpoint does what its plain one does, and answers encrypted', async t => {
  const { service, channel } = await open(t)
  const address = numberedAddress(5)
  const calls: ['POST' | 'PUT', string, object, string, unknown][] = [
    ['POST', 'generatorConfigSetupEncrypted', setup, 'Config done', null],
    ['POST', 'generatorConfigSetup', { ...setup, generator_config: [numberedGenerator(7)] }, 'Config done', null],
    ['PUT', 'updateRuntimeConfigEncrypted', { start_block: 99 }, 'Runtime config updated', null],
    ['PUT', 'updateRuntimeConfig', { chain_id: 77 }, 'Runtime config updated', null],
    [
      'PUT',
      'updateGeneratorConfigEncrypted',
      { address: numberedAddress(7), data: 'encrypted' },
      'Generator config updated',
      null,
    ],
    ['POST', 'signAddressEncrypted', { address }, 'Address signed', await service.app.enclaveKey.signAddress(address)],
    [
      'POST',
      'signAttestationEncrypted',
      { attestation: `0x${'ab'.repeat(65536)}`, address },
      'Attestation signed',
      await service.app.enclaveKey.signAttestation(`0x${'ab'.repeat(65536)}`, address),
    ],
  ]
  for (const [method, url, body, message, data] of calls) {
    const response = await service.send(method, `/api/${url}`, channel.seal(body))
    t.equal(response.statusCode, 200, url)
    const answer = response.json()
    t.match(answer, { status: 'success', message })
    t.same(Object.keys(answer.data).sort(), ['response', 'salt', 'signature'])
    t.same(channel.open(answer.data), data)
  }
  t.match(await runtimeOf(service), { start_block: 99, chain_id: 77 })
  t.match((await service.app.configuration.read()).generators, [{ address: numberedAddress(7), data: 'encrypted' }])
})

t.test('an encrypted body may hold no more than the plain one', async t => {
  const { service, channel } = await open(t)
  const address = numberedAddress(5)
  const ofBytes = (length: number) => ' '.repeat(length - JSON.stringify({ address }).length)
  const seal = (padding: string) => channel.sealText(JSON.stringify({ address }) + padding)
  t.equal((await service.send('POST', '/api/signAddressEncrypted', seal(ofBytes(256 * 1024)))).statusCode, 200)
  t.match(
    (await service.send('POST', '/api/signAddressEncrypted', seal(ofBytes(256 * 1024 + 1)))).json(),
    { statusCode: 413, code: 'BODY_TOO_LARGE' }
  )
})

t.test('errors of encrypted requests are plain and say nothing of what was encrypted', async t => {
  const { service, channel } = await open(t)
  await service.send('POST', '/api/generatorConfigSetup', channel.seal(setup))
  const before = await snapshot(service.folder)
  const secret = 'c0ffee'.repeat(11)
  const cases: ['POST' | 'PUT', string, unknown, number, string][] = [
    ['PUT', 'updateRuntimeConfigEncrypted', { private_key: secret }, 400, 'INVALID_REQUEST'],
    ['PUT', 'updateRuntimeConfigEncrypted', {}, 400, 'INVALID_REQUEST'],
    ['PUT', 'updateRuntimeConfigEncrypted', null, 400, 'INVALID_REQUEST'],
    [
      'PUT',
      'updateRuntimeConfigEncrypted',
      { request: [1], response_key: [2], signature: [3] },
      400,
      'INVALID_REQUEST',
    ],
    [
      'POST',
      'generatorConfigSetup',
      { ...setup, generator_config: [numberedGenerator(1), numberedGenerator(1)] },
      400,
      'INVALID_REQUEST',
    ],
    [
      'PUT',
      'updateGeneratorConfigEncrypted',
      { address: numberedAddress(8), data: secret },
      404,
      'GENERATOR_NOT_FOUND',
    ],
    ['POST', 'signAddressEncrypted', { address: secret }, 400, 'INVALID_REQUEST'],
  ]
  for (const [method, url, body, status, code] of cases) {
    const response = await service.send(method, `/api/${url}`, channel.seal(body))
    t.equal(response.statusCode, status)
    t.match(response.json(), { status: 'error', code })
    t.notMatch(response.body, secret)
    t.notMatch(response.body, numberedAddress(1))
  }
  const notJson = createClientChannel(Buffer.concat([Buffer.of(4), service.app.enclaveKey.publicKey]))
  const { request } = notJson.seal('x')
  t.match(
    (await service.send('POST', '/api/signAddressEncrypted', {
      ...notJson.seal('x'), request: request.with(90, request[90]! ^ 1)
    })).json(),
    { code: 'ENCRYPTED_BODY_INVALID' }
  )
  for (const body of [{ address: numberedAddress(1) }, [], undefined]) {
    t.match(
      (await service.send('POST', '/api/signAddressEncrypted', body)).json(),
      { statusCode: 400, code: 'ENCRYPTED_BODY_INVALID' }
    )
  }
  t.same(await snapshot(service.folder), before)
  t.notMatch(JSON.stringify(service.log), secret)
})

t.test('the key is needed as everywhere', async t => {
  const { service, channel } = await open(t)
  const response = await service.app.inject({
    method: 'POST', url: '/api/signAddressEncrypted', payload: channel.seal({ address: numberedAddress(1) })
  })
  t.equal(response.statusCode, 401)
})

t.test('REQUIRE_ENCRYPTION refuses a private key in a plain body, and nothing else', async t => {
  const { service, channel } = await open(t, { REQUIRE_ENCRYPTION: 'true' })
  const required = { statusCode: 403, code: 'ENCRYPTION_REQUIRED' }
  t.match((await service.send('POST', '/api/generatorConfigSetup', setup)).json(), required)
  t.equal((await service.send('POST', '/api/generatorConfigSetup', channel.seal(setup))).statusCode, 200)
  t.match((await service.send('PUT', '/api/updateRuntimeConfig', { private_key: PRIVATE_KEY })).json(), required)
  t.equal((await service.send('PUT', '/api/updateRuntimeConfig', { chain_id: 3 })).statusCode, 200)
  t.equal(
    (await service.send('PUT', '/api/updateRuntimeConfig', channel.seal({ private_key: PRIVATE_KEY }))).statusCode, 200
  )
})

t.test('bodies have the limits of their form', async t => {
  const { service, channel } = await open(t)
  const pad = (length: number) => ({
    ...setup, generator_config: [{ ...numberedGenerator(1), data: 'x'.repeat(length) }]
  })
  t.match(
    (await service.send('POST', '/api/generatorConfigSetup', pad(4 * 1024 * 1024))).json(),
    { statusCode: 413, code: 'BODY_TOO_LARGE' }
  )
  t.match(
    (await service.send('POST', '/api/signAddress', { address: 'x'.repeat(256 * 1024) })).json(), { statusCode: 413 }
  )
  t.match(
    (await service.send('POST', '/api/signAddress', { address: 'x'.repeat(2 * 1024 * 1024) })).json(),
    { statusCode: 413, message: /262144 bytes/ },
    'the limit of a plain body is told'
  )
  t.match(
    (await service.send('POST', '/api/addNewGenerator', { address: 'x'.repeat(256 * 1024) })).json(),
    { statusCode: 413 }
  )
  for (const [levels, answer] of [
    [2_700_000, { statusCode: 413, code: 'BODY_TOO_LARGE' }],
    [33, { statusCode: 400, code: 'INVALID_REQUEST', message: /32 levels deep/ }],
  ] as const) {
    for (const [url, open, close] of [
      ['/api/generatorConfigSetup', '{"a":', '}'], ['/api/generatorConfigSetupEncrypted', '["",', ']']
    ] as const) {
      const response = await service.app.inject({
        method: 'POST',
        url,
        headers: { 'api-key': service.apiKey(), 'content-type': 'application/json' },
        payload: `${open.repeat(levels)}1${close.repeat(levels)}`,
      })
      t.match(response.json(), answer, `${levels} levels`)
    }
  }
  const many = { ...setup, generator_config: Array.from({ length: 10_000 }, (_, index) => numberedGenerator(index)) }
  t.equal((await service.send('POST', '/api/generatorConfigSetup', many)).statusCode, 200)
  t.equal((await service.send('POST', '/api/generatorConfigSetup', channel.seal(many))).statusCode, 200)
  t.equal((await service.app.configuration.read()).generators.length, 10_000)
})
