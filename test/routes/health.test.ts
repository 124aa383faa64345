import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { setup } from '../fixtures/configuration.js'
import { build } from '../helper.js'
import { until } from '../supervisor/real/processes.js'

const READY = { status: 'success', message: 'The service is ready', data: null }
const ALIVE = { status: 'success', message: 'The service is alive', data: null }

t.test('alive and ready before anything is set up, without a key', async t => {
  const { app } = await build(t)
  for (const [path, body] of [['live', ALIVE], ['ready', READY]] as const) {
    const response = await app.inject({ url: `/health/${path}` })
    t.equal(response.statusCode, 200)
    t.equal(response.headers['cache-control'], 'no-store')
    t.strictSame(response.json(), body)
  }
})

t.test('bad state on disk: the service starts, lives, and says what is missing', async t => {
  const folder = t.testdir({ 'api_key.sha256': 'damaged', 'generator_config.json': '', 'runtime_config.json': '{' })
  await chmod(join(folder, 'api_key.sha256'), 0o600)
  const { app } = await build(t, { folder, variables: { GENERATOR_PATH: 'unknown' } })
  await rm(app.enclaveKeyFile)
  const response = await app.inject({ url: '/health/ready' })
  const missing = [
    { name: 'api_key', problem: 'api_key.sha256 is damaged: any call under /api says how to mend it' },
    {
      name: 'configuration',
      problem: 'generator_config.json is damaged: getGeneratorConfig says how; generatorConfigSetup replaces it',
    },
    {
      name: 'enclave_key', problem: "secp.sec, the enclave's key, cannot be read: put it back before the next restart"
    },
    {
      name: 'supervisor',
      problem: 'the supervisor has no program of the name in GENERATOR_PATH: check its [program:…] sections',
    },
  ]
  t.equal(response.statusCode, 503)
  t.strictSame(response.json(), {
    status: 'error',
    statusCode: 503,
    code: 'NOT_READY',
    message: `The service is not ready: ${missing.map(({ problem }) => problem).join('; ')}`,
    data: { missing },
  })
  t.notMatch(response.body, folder)
  t.strictSame((await app.inject({ url: '/health/live' })).json(), ALIVE)
})

t.test('a damaged configuration that a setup replaces', async t => {
  const service = await build(t)
  await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setup)
  await writeFile(join(service.folder, 'runtime_config.json'), `{"private_key": "${setup.runtime_config.private_key}`)
  const response = await service.app.inject({ url: '/health/ready' })
  t.match(response.json(), {
    code: 'NOT_READY', data: { missing: [{ name: 'configuration', problem: /^runtime_config.json is damaged/ }] }
  })
  t.notMatch(response.body, setup.runtime_config.private_key)
  t.equal((await service.send('POST', '/api/generatorConfigSetup', setup)).statusCode, 200)
  t.strictSame((await service.app.inject({ url: '/health/ready' })).json(), READY)
})

t.test('a supervisor that is not there', async t => {
  const { app } = await build(t, { variables: { SUPERVISORD_URL: 'http://operator:hidden@127.0.0.1:1' } })
  const response = await until('a probe has the time for each check', async () => {
    const response = await app.inject({ url: '/health/ready' })
    return response.body.includes('could not be checked in time') ? null : response
  })
  t.match(response.json(), {
    statusCode: 503, data: { missing: [{ name: 'supervisor', problem: /^the supervisor cannot be reached: check/ }] }
  })
  t.notMatch(response.body, /hidden|127\.0\.0\.1/)
})

t.test('probes fill no log', async t => {
  const { app, log } = await build(t)
  const before = log.length
  for (const url of ['/health/live', '/health/ready']) await app.inject({ url })
  t.equal(log.length, before)
  await app.close()
  const debugging = await build(t, { variables: { LOG_LEVEL: 'debug' } })
  await debugging.app.inject({ url: '/health/live' })
  t.match(debugging.log.at(-1), { level: 20, route: '/health/live', status: 200 })
})
