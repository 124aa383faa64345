import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { numberedAddress, numberedGenerator, setup } from '../fixtures/configuration.js'
import { build, snapshot } from '../helper.js'

t.test('status lines carry the code, and bodies without bytes need no media type', async t => {
  const service = await build(t)
  const key = await service.generateApiKey()
  await service.app.listen({ port: 0 })
  const ask = async (lines: string[], body = '') => {
    const socket = connect((service.app.server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write([...lines, 'connection: close', '', body].join('\r\n'))
    return (await text(socket)).split('\r\n')[0]
  }
  const post = (path: string, ...headers: string[]) => [
    `POST /api/${path} HTTP/1.1`, 'host: x', `api-key: ${key}`, ...headers
  ]
  t.equal(await ask(['GET /api/getGeneratorStatus HTTP/1.1', 'host: x']), 'HTTP/1.1 401 API_KEY_MISSING')
  t.equal(await ask(['GET /nowhere HTTP/1.1', 'host: x']), 'HTTP/1.1 404 ROUTE_NOT_FOUND')
  t.equal(await ask(['GET /documentation/nothing.js HTTP/1.1', 'host: x']), 'HTTP/1.1 404 ROUTE_NOT_FOUND')
  t.equal(await ask(['GET /%zz HTTP/1.1', 'host: x']), 'HTTP/1.1 400 HTTP_MALFORMED')
  t.equal(await ask(['no http']), 'HTTP/1.1 400 HTTP_MALFORMED')
  t.equal(await ask(['GET / HTTP/1.1', 'host: x', 'expect: more']), 'HTTP/1.1 417 EXPECTATION_FAILED')
  t.equal(
    await ask(post('signAddressEncrypted', 'content-type: application/json', 'content-length: 2'), '{}'),
    'HTTP/1.1 400 ENCRYPTED_BODY_INVALID'
  )
  t.equal(
    await ask(post('signAddress', 'content-type: text/plain', 'content-length: 2'), '{}'),
    'HTTP/1.1 415 UNSUPPORTED_MEDIA_TYPE'
  )
  for (const type of ['application/x-www-form-urlencoded', 'application/octet-stream', 'nonsense']) {
    for (const coding of ['identity', 'gzip']) {
      t.equal(
        await ask(post('stopGenerator', `content-type: ${type}`, `content-encoding: ${coding}`, 'content-length: 0')),
        'HTTP/1.1 200 OK',
        type
      )
      t.equal(
        await ask(post('signAddress', `content-type: ${type}`, `content-encoding: ${coding}`, 'content-length: 0')),
        'HTTP/1.1 400 INVALID_REQUEST',
        type
      )
    }
  }
})

t.test('an attestation without 0x has the same signature', async t => {
  const service = await build(t)
  await service.generateApiKey()
  const sign = async (attestation: string) => (await service.send(
    'POST', '/api/signAttestation', { attestation, address: numberedAddress(1) }
  )).json()
  t.match(await sign('8444a101'), { status: 'success' })
  t.same(await sign('8444a101'), await sign('0x8444a101'))
})

t.test('former fields of a generator are named', async t => {
  const service = await build(t)
  await service.generateApiKey()
  const before = await snapshot(service.folder)
  for (const field of ['staked_amount', 'min_reward']) {
    const body = { ...setup, generator_config: [{ ...numberedGenerator(1), [field]: '1' }] }
    t.same((await service.send('POST', '/api/generatorConfigSetup', body)).json(), {
      status: 'error',
      statusCode: 400,
      code: 'INVALID_REQUEST',
      message: `generator_config/0/${field}: is no longer used, leave it out`,
      data: { field: `generator_config/0/${field}` },
    })
  }
  t.same(await snapshot(service.folder), before)
})

t.test('a benchmark without market_id names the markets where there are several', async t => {
  const service = await build(t)
  await service.generateApiKey()
  const market = { port: '1', ivs_url: 'http://ivs.example' }
  const ask = async (markets: Record<string, typeof market>) => {
    await service.send('POST', '/api/generatorConfigSetup', {
      ...setup, runtime_config: { ...setup.runtime_config, markets }
    })
    return (await service.send('GET', '/api/benchmark')).json()
  }
  const refused = (problem: string) => ({
    status: 'error',
    statusCode: 400,
    code: 'INVALID_REQUEST',
    message: `market_id: ${problem}`,
    data: { field: 'market_id' },
  })
  t.match(await ask({ 7: market }), { statusCode: 502, code: 'GENERATOR_UNAVAILABLE' })
  t.same(await ask({ 7: market, 8: market }), refused('is required, name one of 7, 8'))
  t.same(await ask({}), refused('markets of the runtime config is empty, add one with updateRuntimeConfig'))
})
