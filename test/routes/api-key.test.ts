import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { decrypt } from 'eciesjs'
import { SigningKey } from 'ethers'
import t from 'tap'
import { API_KEY_FILE } from '../../src/access/api-key.js'
import { limits } from '../../src/http/limits.js'
import { setup } from '../fixtures/configuration.js'
import { build } from '../helper.js'

const OWN_KEY = 'made by the owner'
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const STATUS = '/api/getGeneratorStatus'

function auditLines (service: Awaited<ReturnType<typeof build>>) {
  return service.log.flatMap(({ audit }) => audit === undefined ? [] : [audit])
}

t.test('rotateApiKey', async t => {
  const service = await build(t)
  const old = await service.generateApiKey()
  const rotated = await service.send('POST', '/api/rotateApiKey')
  const key = rotated.json().data
  t.equal(rotated.statusCode, 200)
  t.same(rotated.json(), { status: 'success', message: 'API key rotated', data: key })
  t.match(key, /^[0-9a-f]{64}$/)
  t.not(key, old)
  t.match((await service.send('GET', STATUS)).json(), {
    statusCode: 401, code: 'API_KEY_INVALID', message: /^The API key was replaced/
  })
  t.equal((await service.app.inject({ url: STATUS, headers: { 'api-key': key } })).statusCode, 200)
  t.match((await service.send('POST', '/api/rotateApiKey')).json(), { statusCode: 401, code: 'API_KEY_INVALID' })
  t.match(await readFile(join(service.folder, API_KEY_FILE), 'utf8'), new RegExp(`^${sha256(key)} [0-9a-f]{16}\n$`))
  for (const secret of [old, key]) t.notMatch(JSON.stringify(service.log), secret)
})

t.test('32 rotations at once: one new key, and it is the valid one', async t => {
  const service = await build(t)
  await service.generateApiKey()
  const answers = await Promise.all(Array.from(
    { length: 32 }, async () => await service.send('POST', '/api/rotateApiKey')
  ))
  const keys = answers.map(answer => answer.json().data)
  t.same([answers.every(({ statusCode }) => statusCode === 200), new Set(keys).size], [true, 1])
  t.equal((await service.app.inject({ url: STATUS, headers: { 'api-key': keys[0] } })).statusCode, 200)
  t.equal(auditLines(service).length, 33)
})

t.test('who follows the log with the old key is sent away', async t => {
  const service = await build(t)
  await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setup)
  await service.send('POST', '/api/startGenerator')
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as AddressInfo
  const client = request({
    port, path: '/api/getGeneratorLogs?follow=true', headers: { 'api-key': service.apiKey() }
  }).end()
  const [response] = await once(client, 'response')
  t.equal(response.statusCode, 200)
  response.resume()
  const ended = once(response, 'end')
  await service.send('POST', '/api/rotateApiKey')
  await ended
})

t.test('API_KEY_SHA256: nobody else takes the enclave first', async t => {
  const service = await build(t, { variables: { API_KEY_SHA256: sha256(OWN_KEY) } })
  const refused = await service.app.inject({ method: 'POST', url: '/api/generateApiKey' })
  t.match(refused.json(), { statusCode: 409, code: 'API_KEY_ALREADY_GENERATED', data: null })
  t.equal((await service.app.inject({ url: STATUS, headers: { 'api-key': OWN_KEY } })).statusCode, 200)
  t.match(auditLines(service), [{ action: 'API_KEY_SHA256', key: null, new_key: sha256(OWN_KEY).slice(0, 8) }])
  const rotated = await service.app.inject({
    method: 'POST', url: '/api/rotateApiKey', headers: { 'api-key': OWN_KEY }
  })
  await service.app.close()

  const again = await build(t, { folder: service.folder, variables: { API_KEY_SHA256: sha256(OWN_KEY) } })
  t.equal((await again.app.inject({ url: STATUS, headers: { 'api-key': OWN_KEY } })).statusCode, 401)
  t.equal((await again.app.inject({ url: STATUS, headers: { 'api-key': rotated.json().data } })).statusCode, 200)
  t.match(
    again.log.filter(({ level }) => level === 40).map(({ msg }) => msg).join(),
    /API_KEY_SHA256 is not in force: the key in api_key.sha256 has replaced it/
  )
  t.same(auditLines(again), [])
})

t.test('API_KEY_RECIPIENT: new keys are answered encrypted', async t => {
  const secret = '0x' + '17'.repeat(32)
  const { publicKey, compressedPublicKey } = new SigningKey(secret)
  for (const recipient of [
    publicKey, publicKey.slice(4).toUpperCase(), compressedPublicKey, compressedPublicKey.slice(2)
  ]) {
    const service = await build(t, { folder: t.testdir(), variables: { API_KEY_RECIPIENT: recipient } })
    let headers = {}
    for (const [url, message] of [
      ['/api/generateApiKey', 'API key generated'], ['/api/rotateApiKey', 'API key rotated']
    ] as const) {
      const { data, ...rest } = (await service.app.inject({ method: 'POST', url, headers })).json()
      t.same(rest, { status: 'success', message })
      t.match(data, /^[0-9a-f]{322}$/)
      headers = { 'api-key': Buffer.from(decrypt(secret, Buffer.from(data, 'hex'))).toString() }
      t.equal((await service.app.inject({ url: STATUS, headers })).statusCode, 200)
    }
    await service.app.close()
  }
})

t.test('values that are none stop the start-up, without being shown', async t => {
  const cases: [NodeJS.ProcessEnv, RegExp][] = [
    [{ API_KEY_SHA256: 'canary' }, /^Environment variable API_KEY_SHA256 must match pattern/],
    [{ API_KEY_SHA256: '' }, /API_KEY_SHA256/],
    [{ API_KEY_SHA256: `0x${'a'.repeat(64)}` }, /API_KEY_SHA256/],
    [
      { API_KEY_RECIPIENT: 'canary' },
      /^Environment variable API_KEY_RECIPIENT: A public key must be a secp256k1 point/,
    ],
    [{ API_KEY_RECIPIENT: '' }, /API_KEY_RECIPIENT/],
    [{ API_KEY_RECIPIENT: `02${'f'.repeat(64)}` }, /API_KEY_RECIPIENT/],
  ]
  const root = t.testdir()
  for (const [index, [variables, message]] of cases.entries()) {
    const error = await build(t, {
      folder: join(root, String(index)), variables
    }).then(() => null, (error: Error) => error)
    t.match(error?.message, message)
    t.notMatch(error?.message, 'canary')
  }
})

t.test('the body is not read if no key can be issued', async t => {
  const service = await build(t)
  const ask = async (length: number) => await service.app.inject({
    method: 'POST',
    url: '/api/generateApiKey',
    payload: ' '.repeat(length),
    headers: { 'content-type': 'application/json' },
  })
  t.match((await ask(2000)).json(), { statusCode: 413, code: 'BODY_TOO_LARGE' })
  await service.generateApiKey()
  t.match((await ask(2000)).json(), { statusCode: 409, code: 'API_KEY_ALREADY_GENERATED' })
  const long = await ask(300 * 1024)
  t.match(long, { statusCode: 409, headers: { connection: 'close' } })
  await writeFile(join(service.folder, 'api_key.sha256'), 'damaged')
  await service.app.close()
  const damaged = await build(t, { folder: service.folder })
  for (let round = 0; round < 150; round++) {
    t.equal(
      (await damaged.app.inject({ method: 'POST', url: '/api/generateApiKey' })).statusCode, 503
    )
  }
  t.same(
    damaged.log.filter(({ msg }) => msg === 'audit' || msg === 'request failed'), [], 'strangers leave no audit lines'
  )
  const lines = damaged.log.filter(({ msg }) => msg === 'request')
  t.equal(lines.length, 100, 'nor can they fill the log')
  t.match(
    damaged.log.filter(({ msg }) => msg === 'requests without the API key have no log line of their own'),
    [{ level: 40, requests: 1 }]
  )
})

t.test('a key that is rotated away while a body arrives does nothing any more', async t => {
  const service = await build(t)
  const old = await service.generateApiKey()
  const url = await service.app.listen({ port: 0, host: '127.0.0.1' })
  const signing = request(`${url}/api/signAddress`, {
    method: 'POST',
    headers: {
      'api-key': old, 'content-type': 'application/json', 'transfer-encoding': 'chunked', expect: '100-continue'
    },
  })
  signing.flushHeaders()
  await once(signing, 'continue')
  signing.write('{"address":')
  t.equal((await service.send('POST', '/api/rotateApiKey')).statusCode, 200)
  signing.end('"0x0000000000000000000000000000000000000001"}')
  const [answer] = await once(signing, 'response')
  t.equal(answer.statusCode, 401)
  t.match(await json(answer), { code: 'API_KEY_INVALID' })
})

t.test('too many requests without the key are a 429; the key always gets in', async t => {
  const service = await build(t, { limits: { ...limits, failedAttempts: { burst: 5, perSecond: 0.2 } } })
  const key = await service.generateApiKey()
  const ask = async (headers = {}, url = STATUS) => await service.app.inject({ url, headers })
  for (const headers of [
    {}, { 'api-key': 'wrong' }, {}, { authorization: 'Bearer wrong' }
  ]) t.equal((await ask(headers)).statusCode, 401)
  t.equal((await ask({}, '/api/nowhere')).statusCode, 401)
  for (const headers of [{}, { 'api-key': 'wrong' }]) {
    const refused = await ask(headers)
    t.equal(refused.headers['retry-after'], '5')
    t.equal(refused.headers.connection, 'close')
    t.match(refused.json(), {
      status: 'error', statusCode: 429, code: 'TOO_MANY_FAILED_ATTEMPTS', data: null, message: /retry-after/
    })
  }
  const both = await Promise.all(Array.from(
    { length: 200 }, async (_, index) => (await ask(index % 2 === 0 ? { 'api-key': key } : {})).statusCode
  ))
  t.same(both, Array.from({ length: 200 }, (_, index) => index % 2 === 0 ? 200 : 429))
  t.equal((await service.app.inject({ method: 'POST', url: '/api/generateApiKey' })).statusCode, 409)
  t.match(service.log.filter(({ msg }) => msg === 'too many requests without the API key'), [{ level: 40, refused: 1 }])
  t.equal(service.log.filter(({ status }) => status === 429).length, 0, 'a stranger cannot fill the log')
  await setTimeout(5100)
  t.equal((await ask()).statusCode, 401)
  t.equal((await ask()).statusCode, 429)
})

t.test('before there is a key, and with a damaged file', async t => {
  const few = { ...limits, failedAttempts: { burst: 1, perSecond: 1e-3 } }
  const root = t.testdir()
  const fresh = await build(t, { folder: join(root, 'fresh'), limits: few })
  t.equal((await fresh.app.inject({ url: STATUS })).json().code, 'API_KEY_NOT_GENERATED')
  t.equal((await fresh.app.inject({ url: STATUS })).json().code, 'TOO_MANY_FAILED_ATTEMPTS')
  const folder = join(root, 'damaged')
  const damaged = await build(t, { folder, limits: few })
  await damaged.app.close()
  await writeFile(join(folder, API_KEY_FILE), 'damaged')
  await chmod(join(folder, API_KEY_FILE), 0o600)
  const closed = await build(t, { folder, limits: few })
  for (let count = 0; count < 3; count++) {
    t.equal(
      (await closed.app.inject({ url: STATUS })).json().code, 'API_KEY_UNREADABLE'
    )
  }
})

t.test('a change whose client has gone, and a program that does not stay up, leave their audit lines', async t => {
  const folder = t.testdir({
    'supervisord.conf':
      '[program:kalypso-generator]\ncommand=sh -c "sleep 1; exit 3"\nautostart=false\nstartretries=0\nstartsecs=2\n'
  })
  const service = await build(t, {
    folder: join(folder, 'data'), variables: { SUPERVISORD_CONF: join(folder, 'supervisord.conf') }
  })
  await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setup)
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as AddressInfo
  const client = request({
    port, method: 'POST', path: '/api/startGenerator', headers: { 'api-key': service.apiKey() }
  })
  client.on('error', () => {})
  client.end()
  while ((await service.app.supervisor.status('kalypso-generator')).state !== 'STARTING') await setTimeout(5)
  client.destroy()
  while (auditLines(service).length < 3) await setTimeout(20)
  t.match(auditLines(service)[2], { action: '/api/startGenerator', status: 500, fields: [], key: /^[0-9a-f]{8}$/ })
  t.equal((await service.send('POST', '/api/stopProgram', { program_name: 'sshd' })).statusCode, 403)
  t.equal(auditLines(service).length, 3)
})
