import { request } from 'node:http'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { printKeyFile } from '../../src/access/api-key-file.js'
import { credentialsOf } from '../../src/access/credentials.js'
import { build } from '../helper.js'
import { untilClosed } from '../fixtures/sockets.js'

const OPEN_ROUTES = ['/', '/api/generateApiKey', '/health/live', '/health/ready', '/documentation', '/documentation/*']

function basic (user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

t.test('every route under /api, every unknown path there, and /metrics need the key', async t => {
  const service = await build(t)
  const paths = [
    ...service.routes.filter(({ url }) => !OPEN_ROUTES.includes(url)),
    { method: 'GET' as const, url: '/api/nowhere' },
    { method: 'POST' as const, url: '/api' },
    { method: 'DELETE' as const, url: '/api/' },
    { method: 'GET' as const, url: '/api/generateApiKey' },
    { method: 'PUT' as const, url: '/api/startGenerator' },
  ]
  t.ok(paths.length > 20, `${paths.length} routes`)
  for (const { method, url } of paths) {
    const response = await service.app.inject({
      method, url, payload: '{"not json', headers: { 'content-type': 'application/json' }
    })
    t.equal(response.statusCode, 401, `${method} ${url} before there is a key`)
    if (method !== 'HEAD') {
      t.match(response.json(), {
        status: 'error', statusCode: 401, code: 'API_KEY_NOT_GENERATED', data: null
      })
    }
  }
  const key = await service.generateApiKey()
  const wrong = key.replaceAll(/./g, digit => digit === '0' ? '1' : '0')
  const tries: [string, Record<string, string>, string][] = [
    ['no key', {}, 'API_KEY_MISSING'],
    ['empty key', { 'api-key': '' }, 'API_KEY_INVALID'],
    ['wrong key', { 'api-key': wrong }, 'API_KEY_INVALID'],
    ['key with a space', { authorization: `Bearer ${key} x` }, 'API_KEY_MISSING'],
    ['another scheme', { authorization: `Digest ${key}` }, 'API_KEY_MISSING'],
    ['wrong bearer', { authorization: `Bearer ${wrong}` }, 'API_KEY_INVALID'],
    ['wrong password', { authorization: basic('operator', wrong) }, 'API_KEY_INVALID'],
    ['key as the user', { authorization: basic(key, '') }, 'API_KEY_INVALID'],
    ['two wrong keys', { 'api-key': `${wrong}, ${wrong}` }, 'API_KEY_INVALID'],
  ]
  for (const { method, url } of paths) {
    for (const [name, headers, code] of tries) {
      const response = await service.app.inject({ method, url, headers })
      t.equal(response.statusCode, 401, `${method} ${url} with ${name}`)
      t.equal(response.headers['cache-control'], 'no-store')
      if (method !== 'HEAD') t.equal(response.json().code, code)
    }
  }
})

t.test('the key is accepted in each of the three ways, and one valid credential is enough', async t => {
  const service = await build(t)
  const key = await service.generateApiKey()
  const ways: Record<string, string>[] = [
    { 'api-key': key },
    { 'API-Key': key },
    { authorization: `Bearer ${key}` },
    { authorization: `bearer  ${key}` },
    { authorization: basic('operator', key) },
    { authorization: basic('', key) },
    { authorization: basic('operator', key), 'api-key': 'random' },
    { authorization: 'Bearer random', 'api-key': key },
    { 'api-key': `random, ${key}` },
  ]
  for (const { method, url } of service.routes.filter(({ url }) => url.startsWith('/api/'))) {
    if (url === '/api/startGenerator') continue
    for (const headers of ways) {
      const response = await service.app.inject({
        method, url, headers, ...!['GET', 'HEAD'].includes(String(method)) && { payload: { unknown: 1 } }
      })
      t.not(response.statusCode, 401, `${method} ${url}`)
      t.equal(response.headers['cache-control'], 'no-store')
    }
  }
})

t.test('the service checks the first eight keys of a header', async t => {
  const { generateApiKey, app } = await build(t)
  const key = await generateApiKey()
  for (const [before, status] of [[7, 200], [8, 401], [5_000, 401]] as const) {
    const response = await app.inject({
      url: '/api/getGeneratorStatus', headers: { 'api-key': `${', '.repeat(before)}${key}` }
    })
    t.equal(response.statusCode, status, `${before} before the key`)
  }
  t.same(credentialsOf({ 'api-key': ', '.repeat(5_000) }), Array(8).fill(''))
})

t.test('unknown paths with the key', async t => {
  const service = await build(t)
  await service.generateApiKey()
  const unknown = await service.send('GET', '/api/nowhere?a=1')
  t.equal(unknown.statusCode, 404)
  t.same(unknown.json(), {
    status: 'error',
    statusCode: 404,
    code: 'ROUTE_NOT_FOUND',
    message: 'There is no such endpoint. /documentation lists all endpoints.',
    data: null,
  })
  const wrongMethod = await service.send('GET', '/api/startGenerator')
  t.equal(wrongMethod.statusCode, 405)
  t.equal(wrongMethod.headers['allow'], 'POST')
  t.same(wrongMethod.json(), {
    status: 'error',
    statusCode: 405,
    code: 'METHOD_NOT_ALLOWED',
    message: 'GET is not possible here, use POST',
    data: null,
  })
  t.equal((await service.send('GET', '/nowhere')).statusCode, 404)
})

t.test('the body of an unknown route is not read', async t => {
  const service = await build(t)
  const key = await service.generateApiKey()
  for (const [method, url, code] of [
    ['POST', '/api/nowhere', 'ROUTE_NOT_FOUND'], ['QUERY', '/api/preflight', 'METHOD_NOT_ALLOWED']
  ] as const) {
    for (const headers of [{}, { 'content-type': 'text/plain' }, { 'content-type': 'application/json' }]) {
      const response = await service.app.inject({
        method: method as 'POST', url, headers: { 'api-key': key, ...headers }, payload: '{"not json'
      })
      t.equal(response.json().code, code, `${method} ${url}`)
    }
  }
})

t.test('401 is answered before the body is there', async t => {
  const service = await build(t)
  await service.app.listen({ port: 0 })
  const client = request({
    port: (service.app.server.address() as AddressInfo).port,
    path: '/api/generatorConfigSetup',
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': 1000 }
  })
  client.flushHeaders()
  const [response] = await once(client, 'response')
  t.equal(response.statusCode, 401)
  t.equal(response.headers.connection, 'keep-alive')
  client.destroy()
})

t.test('after 401 a long or endless body ends the connection', async t => {
  const service = await build(t)
  await service.app.listen({ port: 0 })
  for (const header of [{ 'content-length': 300_000 }, { 'transfer-encoding': 'chunked' }]) {
    const client = request({
      port: (service.app.server.address() as AddressInfo).port,
      path: '/api/signAddress',
      method: 'POST',
      headers: {
        'content-type': 'application/json', ...header
      }
    })
    client.on('error', () => {})
    client.flushHeaders()
    const [response] = await once(client, 'response')
    t.equal(response.statusCode, 401)
    t.equal(response.headers.connection, 'close')
    response.resume()
    await untilClosed(client)
  }
})

t.test('a long refused body gets its answer, and no request behind it is done', async t => {
  const service = await build(t)
  const key = await service.generateApiKey()
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as AddressInfo
  const MIB = 1024 * 1024
  const cases = [
    ['/api/signAddress', 5 * MIB, key, 413],
    ['/api/generatorConfigSetup', 17 * MIB, key, 413],
    ['/api/generatorConfigSetup', 4 * MIB, 'wrong', 401],
  ] as const
  for (const [url, length, apiKey, status] of cases) {
    for (let round = 0; round < 6; round++) {
      const headers = { 'api-key': apiKey, 'content-type': 'application/json' }
      const response = await fetch(`http://127.0.0.1:${port}${url}`, {
        method: 'POST', headers, body: Buffer.alloc(length, ' ')
      })
      t.match(await response.json(), { statusCode: status })
    }
  }
  const socket = connect(port, '127.0.0.1')
  const request = (length: number) =>
    `POST /api/rotateApiKey HTTP/1.1\r\nhost: x\r\napi-key: ${key}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`
  socket.write(`${request(300_000)}${' '.repeat(1000)}`)
  t.match(String((await once(socket, 'data'))[0]), /^HTTP\/1.1 413 /)
  socket.write(`${' '.repeat(299_000)}${request(0)}`)
  await untilClosed(socket)
  t.equal((await service.send('GET', '/api/getRuntimeConfig')).statusCode, 409, 'the key has not been rotated')
})

t.test('an empty credential is none, whatever the preset', async t => {
  await t.rejects(
    build(t, { variables: { API_KEY_SHA256: hash('sha256', '') } }), /API_KEY_SHA256 is the digest of an empty key/
  )
  const folder = t.testdir()
  await writeFile(
    join(folder, 'api_key.sha256'),
    printKeyFile({ digest: hash('sha256', ''), presets: [], previous: null }),
    { mode: 0o600 }
  )
  const service = await build(t, { folder })
  for (const headers of [
    { 'api-key': '' }, { authorization: `Basic ${Buffer.from('operator:').toString('base64')}` }
  ]) {
    t.match(
      (await service.app.inject({ url: '/api/getRuntimeConfig', headers })).json(),
      { statusCode: 401, code: 'API_KEY_INVALID' }
    )
  }
})

t.test('generateApiKey', async t => {
  const service = await build(t)
  const first = await service.app.inject({
    method: 'POST', url: '/api/generateApiKey', headers: { 'content-type': 'application/json' }, payload: ''
  })
  t.equal(first.statusCode, 200)
  t.same(Object.keys(first.json()), ['status', 'message', 'data'])
  t.match(first.json(), { status: 'success', message: 'API key generated', data: /^[0-9a-f]{64}$/ })
  t.equal(first.headers['cache-control'], 'no-store')
  const second = await service.app.inject({ method: 'POST', url: '/api/generateApiKey', payload: {} })
  t.equal(second.statusCode, 409)
  t.match(second.json(), { status: 'error', statusCode: 409, code: 'API_KEY_ALREADY_GENERATED', data: null })
  t.notMatch(JSON.stringify(service.log), first.json().data)
})

t.test('a damaged key file is reported at the start and closes every door', async t => {
  const folder = t.testdir({ 'api_key.sha256': 'damaged' })
  await chmod(join(folder, 'api_key.sha256'), 0o600)
  const service = await build(t, { folder })
  t.match(service.log.filter(({ level }) => level === 50), [
    {
      level: 50,
      msg: 'api_key.sha256 is damaged: every request is refused. Restore it from a backup, or stop the service and run generator-client reset-key',
    }
  ])
  for (const [method, url] of [['POST', '/api/generateApiKey'], ['GET', '/api/getGeneratorStatus']] as const) {
    const response = await service.app.inject({ method, url, headers: { 'api-key': 'x' } })
    t.match(response.json(), { status: 'error', statusCode: 503, code: 'API_KEY_UNREADABLE', data: null })
  }
})
