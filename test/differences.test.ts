import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { freePort } from '../demo/free-port.js'
import { MARKET, numberedGenerator, setup } from './fixtures/configuration.js'
import { build, type Service } from './helper.js'

const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8')
const STAY = `node ${join(import.meta.dirname, 'fixtures/programs/stay.mjs')}`

/** A service with a generator that stays; `startsecs` in seconds. */
async function start (t: Test, { startsecs = 0.2, variables = {} }: { startsecs?: number, variables?: NodeJS.ProcessEnv } = {}): Promise<Service> {
  const folder = t.testdir({ data: {} })
  const file = join(folder, 'supervisord.conf')
  await writeFile(file, `[program:kalypso-generator]\ncommand=${STAY}\nautostart=false\nstartsecs=${startsecs}\n`)
  const service = await build(t, { folder: join(folder, 'data'), variables: { SUPERVISORD_CONF: file, ...variables } })
  await service.generateApiKey()
  return service
}

async function setUp ({ send }: Service, runtime = {}, generators = setup.generator_config) {
  return await send('POST', '/api/generatorConfigSetup', { generator_config: generators, runtime_config: { ...setup.runtime_config, ...runtime } })
}

/** Shows each row of the README's table, by its first cell. */
const CHECKS: Record<string, (t: Test) => Promise<void>> = {
  'A call without the API key': async t => {
    const { app } = await start(t)
    t.match((await app.inject('/api/getGeneratorStatus')).json(), { statusCode: 401, code: 'API_KEY_MISSING' })
  },
  'generateApiKey, a second time': async t => {
    const { app } = await start(t)
    t.match((await app.inject({ method: 'POST', url: '/api/generateApiKey' })).json(), { statusCode: 409, code: 'API_KEY_ALREADY_GENERATED' })
  },
  'An unknown field, also one in the URL': async t => {
    const { send } = await start(t)
    for (const [url, body] of [['/api/stopGenerator', { extra: 1 }], ['/api/stopGenerator?extra=1', undefined]] as const) {
      t.match((await send('POST', url, body)).json(), { statusCode: 400, code: 'INVALID_REQUEST', data: { field: 'extra' } })
    }
  },
  'A number as text, or text as a number': async t => {
    t.match((await setUp(await start(t), { start_block: '4' })).json(), { statusCode: 400, code: 'INVALID_REQUEST', data: { field: 'runtime_config/start_block' } })
  },
  'The body of an error': async t => {
    const { send } = await start(t)
    t.same(Object.keys((await send('POST', '/api/startGenerator')).json()), ['status', 'statusCode', 'code', 'message', 'data'])
  },
  'The status line of an error': async t => {
    const { send } = await start(t)
    t.equal((await send('POST', '/api/startGenerator')).statusMessage, 'CONFIG_NOT_FOUND')
  },
  'More than one generator, or market of a generator': async t => {
    const generators = [1, 2].map(number => ({ ...numberedGenerator(number), supported_markets: ['1', '2'] }))
    t.equal((await setUp(await start(t), {}, generators)).statusCode, 200)
  },
  'A configuration that is missing': async t => {
    const { send } = await start(t)
    t.match((await send('POST', '/api/startGenerator')).json(), { statusCode: 409, code: 'CONFIG_NOT_FOUND' })
  },
  'A damaged config file': async t => {
    const service = await start(t)
    await setUp(service)
    await writeFile(join(service.folder, 'runtime_config.json'), '{')
    t.match((await service.send('GET', '/api/getRuntimeConfig')).json(), { statusCode: 500, code: 'CONFIG_CORRUPT', message: /runtime_config\.json/ })
    t.equal((await setUp(service)).statusCode, 200)
  },
  'The answer to a start': async t => {
    const service = await start(t, { startsecs: 1 })
    await setUp(service)
    const { process } = (await service.send('POST', '/api/startGenerator')).json()
    t.ok(process.uptime_seconds >= 1, `${process.uptime_seconds} s`)
  },
  'A start that takes longer than `OPERATION_TIMEOUT_MS`': async t => {
    const service = await start(t, { startsecs: 60, variables: { OPERATION_TIMEOUT_MS: '100' } })
    await setUp(service)
    const { statusCode, json } = await service.send('POST', '/api/startGenerator')
    t.match({ statusCode, body: json() }, { statusCode: 202, body: { message: 'Generator is starting.', process: { state: 'STARTING' } } })
  },
  'A supervisor that cannot be reached': async t => {
    const { send } = await start(t, { variables: { SUPERVISORD_URL: `http://127.0.0.1:${await freePort()}` } })
    t.match((await send('GET', '/api/getGeneratorStatus')).json(), { statusCode: 503, code: 'SUPERVISOR_UNAVAILABLE' })
  },
  'Which programs can be started and stopped': async t => {
    const { send } = await start(t)
    t.match((await send('POST', '/api/stopProgram', { program_name: 'attestation-server' })).json(), { statusCode: 403, code: 'PROGRAM_NOT_MANAGED' })
  },
  'An encrypted body that cannot be opened': async t => {
    const { send } = await start(t)
    const body = { request: Array(200).fill(1), response_key: Array(65).fill(4), signature: Array(65).fill(0) }
    t.match((await send('POST', '/api/signAddressEncrypted', body)).json(), { statusCode: 400, code: 'ENCRYPTED_BODY_INVALID' })
  },
  'An RPC URL on a private address, or without TLS': async t => {
    const service = await start(t, { variables: { CHAIN_CHECKS: 'strict' } })
    for (const url of ['https://10.0.0.1/', 'http://rpc.example/']) {
      t.match((await setUp(service, { http_url: url })).json(), { statusCode: 400, code: 'INVALID_REQUEST' })
    }
  },
  'A market\'s port that is one of the service\'s own': async t => {
    t.match((await setUp(await start(t), { markets: { [MARKET]: { port: '9001' } } })).json(),
      { statusCode: 400, code: 'INVALID_REQUEST', data: { field: `runtime_config/markets/${MARKET}/port` } })
  },
  'A benchmark of a market that is not configured': async t => {
    const service = await start(t)
    await setUp(service)
    t.match((await service.send('GET', '/api/benchmark?market_id=7')).json(), { statusCode: 404, code: 'MARKET_NOT_FOUND' })
  },
  'A benchmark that the generator does not answer': async t => {
    const service = await start(t)
    await setUp(service, { markets: { [MARKET]: { port: await freePort() } } })
    t.match((await service.send('GET', '/api/benchmark')).json(), { statusCode: 502, code: 'GENERATOR_UNAVAILABLE' })
  },
  'What listens where': async t => {
    t.equal((await start(t)).app.config.HOST, '127.0.0.1')
  },
}

const [, table = ''] = readme.split('| What | Original and successor | Here |\n|---|---|---|\n')
const rows = table.split('\n\n', 1)[0]!.split('\n').map(row => row.slice(2).split(' | ')[0]!)

t.test('every row of the README\'s table has a check, and every check a row', t => {
  t.same(rows, Object.keys(CHECKS))
  t.end()
})

for (const [row, check] of Object.entries(CHECKS)) t.test(row, check)

t.test('the programs of another conf file are named by two variables', async t => {
  const { app, send } = await start(t, { variables: { GENERATOR_PATH: 'prover', MANAGED_PROGRAMS: 'prover,listener' } })
  t.same(app.programs.names, ['prover', 'listener'])
  t.match((await send('GET', '/api/getProgramStatus?program_name=prover')).json(), { statusCode: 404, code: 'PROGRAM_NOT_FOUND' })
})
