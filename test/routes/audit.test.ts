import { hash } from 'node:crypto'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createClientChannel } from '../fixtures/client-channel.js'
import { numberedAddress, numberedGenerator, setup } from '../fixtures/configuration.js'
import { build, type Service } from '../helper.js'

const address = numberedAddress(1)
const program = { program_name: 'kalypso-generator' }

/**
 * Every route that changes the configuration, the key or a process, or signs. Each has a valid body, in an order in
 * which all succeed.
 */
const CHANGES: ['POST' | 'PUT' | 'DELETE', string, Record<string, unknown>][] = [
  ['POST', '/api/generateApiKey', {}],
  ['POST', '/api/generatorConfigSetup', { ...setup }],
  ['POST', '/api/generatorConfigSetupEncrypted', { ...setup }],
  ['PUT', '/api/updateRuntimeConfig', { start_block: 4711, http_url: 'https://rpc.example/other-key' }],
  ['PUT', '/api/updateRuntimeConfigEncrypted', { start_block: 4712 }],
  ['PUT', '/api/updateGeneratorConfig', { address, data: 'changed' }],
  ['PUT', '/api/updateGeneratorConfigEncrypted', { address, supported_markets: ['8'] }],
  ['POST', '/api/addNewGenerator', numberedGenerator(2)],
  ['DELETE', '/api/removeGenerator', { address: numberedAddress(2) }],
  ['POST', '/api/signAddress', { address }],
  ['POST', '/api/signAddressEncrypted', { address }],
  ['POST', '/api/signAttestation', { attestation: '0xabcdef', address }],
  ['POST', '/api/signAttestationEncrypted', { attestation: '0xabcdef', address }],
  ['POST', '/api/startGenerator', {}],
  ['POST', '/api/restartGenerator', {}],
  ['POST', '/api/stopGenerator', {}],
  ['POST', '/api/startProgram', program],
  ['POST', '/api/restartProgram', program],
  ['POST', '/api/stopProgram', program],
  ['POST', '/api/rotateApiKey', { api_key_sha256: hash('sha256', 'first') }],
  ['POST', '/api/rotateApiKeyEncrypted', { api_key_sha256: hash('sha256', 'second') }],
]
const NEW_KEYS = ['/api/generateApiKey', '/api/rotateApiKey', '/api/rotateApiKeyEncrypted']
const OWN_KEYS: Record<string, string> = { '/api/rotateApiKey': 'first', '/api/rotateApiKeyEncrypted': 'second' }

async function open (t: Test, variables: NodeJS.ProcessEnv = {}) {
  const folder = t.testdir({
    'supervisord.conf': '[program:kalypso-generator]\ncommand=sleep 60\nautostart=false\nstartsecs=0\n'
  })
  const service = await build(t, {
    folder: join(folder, 'data'), variables: { SUPERVISORD_CONF: join(folder, 'supervisord.conf'), ...variables }
  })
  const { seal } = createClientChannel(Buffer.concat([Buffer.of(4), service.app.enclaveKey.publicKey]))
  return { service, bodyFor: (url: string, body: unknown) => url.endsWith('Encrypted') ? seal(body) : body }
}

/** The audit lines that a call leaves. */
async function auditOf (service: Service, call: () => Promise<unknown>): Promise<unknown[]> {
  const before = service.log.length
  await call()
  return service.log.slice(before).flatMap(({ audit }) => audit === undefined ? [] : [audit])
}

function fingerprint (key: string): string {
  return hash('sha256', key).slice(0, 8)
}

t.test(
  'every route that changes or signs something leaves one line: whose key, which fields, never values',
  async t => {
    for (const LOG_LEVEL of ['info', 'silent']) await t.test(LOG_LEVEL, async t => await everyChange(t, { LOG_LEVEL }))
  }
)

async function everyChange (t: Test, variables: NodeJS.ProcessEnv): Promise<void> {
  const { service, bodyFor } = await open(t, variables)
  let key = ''
  for (const [method, url, body] of CHANGES) {
    const asked = { action: url, status: 200, fields: Object.keys(body), key: key === '' ? null : fingerprint(key) }
    const lines = await auditOf(service, async () => {
      const answer = await service.app.inject({
        method, url, headers: { 'api-key': key }, payload: bodyFor(url, body) as object
      })
      t.equal(answer.statusCode, 200, `${url} ${answer.body}`)
      if (NEW_KEYS.includes(url)) key = OWN_KEYS[url] ?? answer.json().data
    })
    t.same(lines, [{ ...asked, ...NEW_KEYS.includes(url) && { new_key: fingerprint(key) } }], url)
  }
}

t.test('every other route leaves none', async t => {
  const { service } = await open(t)
  await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setup)
  const changes = new Set(CHANGES.map(([method, url]) => `${method} ${url}`))
  const others = service.routes.filter(({ method, url }) => !changes.has(`${method} ${url}`))
  t.same(
    others.filter(({ method }) => !['GET', 'HEAD'].includes(method)),
    [{ method: 'POST', url: '/api/fetchGeneratorPublicKeys' }]
  )
  t.equal(others.length + changes.size, service.routes.length, 'each is a route')
  for (const { method, url } of others) {
    t.same(
      await auditOf(
        service,
        async () => await service.send(
          method as 'GET', url, method === 'POST' ? { generator_address: address } : undefined
        )
      ),
      [],
      `${method} ${url}`
    )
  }
})

t.test('a refused request leaves none', async t => {
  const { service, bodyFor } = await open(t)
  await service.generateApiKey()
  for (const [method, url, body] of CHANGES) {
    const [status, strangersStatus] = url === '/api/generateApiKey' ? [409, 409] : [400, 401]
    const lines = await auditOf(service, async () => {
      const refused = await service.send(method, url, bodyFor(url, { ...body, unknown: 1 }))
      t.equal(refused.statusCode, status, url)
      const stranger = await service.app.inject({ method, url, payload: bodyFor(url, body) as object })
      t.equal(stranger.statusCode, strangersStatus, url)
    })
    t.same(lines, [], url)
  }
})
