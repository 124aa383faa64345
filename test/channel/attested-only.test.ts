import type { AddressInfo } from 'node:net'
import { Agent } from 'undici'
import t, { type Test } from 'tap'
import { setup } from '../fixtures/configuration.js'
import { build } from '../helper.js'

/** The service with CHANNEL=attested, and calls over plain HTTP and TLS. */
async function listen (t: Test) {
  const service = await build(t, { variables: { CHANNEL: 'attested', REQUIRE_ENCRYPTION: 'true' } })
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as AddressInfo
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } })
  t.teardown(async () => await dispatcher.close())
  const caller = (scheme: 'http' | 'https') => async (method: string, path: string, key = '', body?: unknown) => {
    const { status, headers, json } = await fetch(`${scheme}://127.0.0.1:${port}${path}`, {
      method,
      headers: { 'api-key': key, ...body !== undefined && { 'content-type': 'application/json' } },
      ...body !== undefined && { body: JSON.stringify(body) },
      // Node's own fetch takes an Agent of the package, whose types differ.
      ...scheme === 'https' && { dispatcher: dispatcher as never },
    }).then(async response => ({
      status: response.status, headers: response.headers, json: await response.json().catch(() => null) as any
    }))
    return { status, headers, json }
  }
  return { ...service, plain: caller('http'), tls: caller('https') }
}

t.test('attested: plain HTTP is refused with the remedy, whatever is asked, and the key is not looked at', async t => {
  const { plain, tls, app } = await listen(t)
  const message = /run 'generator-client enclave verify --save' once, then use the command line or '/
  const refused = { status: 403, json: { code: 'CHANNEL_NOT_ATTESTED', message } }
  t.match(await plain('POST', '/api/generateApiKey'), refused)
  const key = (await tls('POST', '/api/generateApiKey')).json.data
  let looks = 0
  const { authenticate } = app.apiKey
  app.apiKey.authenticate = credentials => {
    looks += 1
    return authenticate(credentials)
  }
  const paths = [
    '/', '/metrics', '/api/getServiceInfo', '/api/nowhere', '/nowhere', '/health/nowhere', '/api/getGeneratorStatus'
  ]
  for (const path of paths) t.match(await plain('GET', path, key), refused, path)
  t.match(await plain('POST', '/api/generatorConfigSetup', key, setup), refused)
  t.equal(looks, 0)
  t.equal((await tls('GET', '/api/getServiceInfo', key)).status, 200)
  t.ok(looks > 0)
})

t.test('attested: health and documentation stay plain, and TLS serves everything', async t => {
  const { plain, tls } = await listen(t)
  for (const path of ['/health/live', '/health/ready', '/documentation', '/documentation/json']) {
    t.equal((await plain('GET', path)).status, 200, path)
    t.equal((await tls('GET', path)).status, 200, path)
  }
  const key = (await tls('POST', '/api/generateApiKey')).json.data
  const answer = await tls('POST', '/api/generatorConfigSetup', key, setup)
  t.equal(answer.status, 200, 'TLS is encryption enough for a private key')
  t.equal((await tls('GET', '/api/getServiceInfo', 'another')).json.code, 'API_KEY_INVALID')
  t.equal((await tls('GET', '/')).status, 200)
})

t.test('attested: a long body is not read, and its connection ends', async t => {
  const { plain } = await listen(t)
  const answer = await plain('POST', '/api/generatorConfigSetup', '', { text: 'x'.repeat(3_000_000) })
  t.match(answer, { status: 403, json: { code: 'CHANNEL_NOT_ATTESTED' } })
  t.equal(answer.headers.get('connection'), 'close')
})

t.test('getServiceInfo tells how the call came, and the same TLS key both ways', async t => {
  const { app, send, generateApiKey } = await build(t)
  await generateApiKey()
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { data } = (await send('GET', '/api/getServiceInfo')).json()
  t.match(data, {
    version: '0.1.0',
    started_at: app.channel.startedAt.toISOString(),
    boot_id: app.channel.bootId,
    channel: 'plain',
    attested_address: await app.enclaveKey.getAddress(),
    spki_sha256: app.channel.spkiSha256,
    features: ['tls', 'encrypted-bodies', 'replay-protection'],
  })
})
