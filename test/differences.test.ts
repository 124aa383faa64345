import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { freePort } from '../tools/demo/free-port.js'
import { serveRpc } from './chain/servers.js'
import { createClientChannel } from './fixtures/client-channel.js'
import { MARKET, numberedAddress, numberedGenerator, setup } from './fixtures/configuration.js'
import { startJsonServer } from './fixtures/http-server.js'
import { build, snapshot, type Service } from './helper.js'

const page = await readFile(join(import.meta.dirname, '../docs/differences.md'), 'utf8')
const programs = join(import.meta.dirname, 'fixtures/programs')
const STAY = `node ${join(programs, 'stay.mjs')}`
const CRASH = `node ${join(programs, 'exit.mjs')} 3`

/** A service with a generator. `startsecs` is in seconds. */
async function start (t: Test, {
  command = STAY, startsecs = 0.2, variables = {}
}: { command?: string, startsecs?: number, variables?: NodeJS.ProcessEnv } = {}): Promise<Service> {
  const folder = t.testdir({ data: {} })
  const file = join(folder, 'supervisord.conf')
  await writeFile(
    file, `[program:kalypso-generator]\ncommand=${command}\nautostart=false\nstartretries=0\nstartsecs=${startsecs}\n`
  )
  const service = await build(t, { folder: join(folder, 'data'), variables: { SUPERVISORD_CONF: file, ...variables } })
  await service.generateApiKey()
  return service
}

async function setUp ({ send }: Service, runtime = {}, generators = setup.generator_config) {
  return await send('POST', '/api/generatorConfigSetup', {
    generator_config: generators, runtime_config: { ...setup.runtime_config, ...runtime }
  })
}

async function stored ({ folder }: Service, kind: 'generator' | 'runtime') {
  return JSON.parse(await readFile(join(folder, `${kind}_config.json`), 'utf8'))
}

async function addressesOf (service: Service): Promise<string[]> {
  return (await stored(service, 'generator')).generator_config.map(({ address }: { address: string }) => address)
}

/** A check for each row of the table in docs/differences.md, by the row's first cell. */
const CHECKS: Record<string, (t: Test) => Promise<void>> = {
  'A call without the API key': async t => {
    const { app } = await start(t)
    t.match((await app.inject('/api/getGeneratorStatus')).json(), { statusCode: 401, code: 'API_KEY_MISSING' })
  },
  'The API key': async t => {
    const service = await start(t)
    const apiKey = service.apiKey()
    t.match(apiKey, /^[0-9a-f]{64}$/)
    t.notMatch(JSON.stringify(await snapshot(service.folder)), apiKey)
  },
  'generateApiKey, a second time': async t => {
    const { app } = await start(t)
    t.match(
      (await app.inject({ method: 'POST', url: '/api/generateApiKey' })).json(),
      { statusCode: 409, code: 'API_KEY_ALREADY_GENERATED' }
    )
  },
  'Generator endpoints beside program endpoints': async t => {
    const { send } = await start(t)
    t.equal((await send('GET', '/api/getGeneratorStatus')).json().data, "Generator hasn't been started yet.")
    t.equal(
      (await send('GET', '/api/getProgramStatus?program_name=kalypso-generator')).json().data,
      "Program hasn't been started yet."
    )
  },
  'addNewGenerator and removeGenerator': async t => {
    const service = await start(t)
    await setUp(service)
    t.equal((await service.send('POST', '/api/addNewGenerator', numberedGenerator(2))).statusCode, 200)
    t.same(await addressesOf(service), [numberedAddress(1), numberedAddress(2)])
    t.equal((await service.send('DELETE', '/api/removeGenerator', { address: numberedAddress(1) })).statusCode, 200)
    t.same(await addressesOf(service), [numberedAddress(2)])
  },
  'An unknown field, also one in the URL': async t => {
    const { send } = await start(t)
    for (const [url, body] of [
      ['/api/stopGenerator', { extra: 1 }], ['/api/stopGenerator?extra=1', undefined]
    ] as const) {
      t.match((await send('POST', url, body)).json(), {
        statusCode: 400, code: 'INVALID_REQUEST', data: { field: 'extra' }
      })
    }
  },
  'A number as text, or text as a number': async t => {
    t.match((await setUp(await start(t), { start_block: '4' })).json(), {
      statusCode: 400, code: 'INVALID_REQUEST', data: { field: 'runtime_config/start_block' }
    })
  },
  'A market\'s port as a number': async t => {
    const service = await start(t)
    t.equal((await setUp(service, { markets: { 7: { port: 6000, ivs_url: '' } } })).statusCode, 200)
    t.match(await stored(service, 'runtime'), { runtime_config: { markets: { 7: { port: '6000' } } } })
  },
  'A `runtime_config` without `ws_url`, `payment_token` or `markets`': async t => {
    const service = await start(t)
    t.equal((await setUp(service, { ws_url: undefined, payment_token: undefined, markets: undefined })).statusCode, 200)
  },
  'A value that is no key, address or attestation': async t => {
    const service = await start(t)
    const address = numberedAddress(1)
    t.match((await setUp(service, { private_key: 'key' })).json(), {
      statusCode: 400, code: 'INVALID_REQUEST', data: { field: 'runtime_config/private_key' }
    })
    t.match(
      (await service.send('POST', '/api/signAddress', { address: '0x12' })).json(),
      { statusCode: 400, code: 'INVALID_REQUEST', data: { field: 'address' } }
    )
    t.match(
      (await service.send('POST', '/api/signAttestation', { attestation: '0xgg', address })).json(),
      { statusCode: 400, code: 'INVALID_REQUEST', data: { field: 'attestation' } }
    )
  },
  'An attestation without `0x`': async t => {
    const { app, send } = await start(t)
    const address = numberedAddress(1)
    const data = await app.enclaveKey.signAttestation('0xabcd', address)
    t.match(
      (await send('POST', '/api/signAttestation', { attestation: 'abcd', address })).json(),
      { status: 'success', data }
    )
  },
  'updateGeneratorConfig without `supported_markets`': async t => {
    const service = await start(t)
    await setUp(service)
    t.equal(
      (await service.send('PUT', '/api/updateGeneratorConfig', {
        address: numberedAddress(1), data: 'new'
      })).statusCode,
      200
    )
    t.match(await stored(service, 'generator'), { generator_config: [{ data: 'new', supported_markets: ['1'] }] })
  },
  'An address in another letter case': async t => {
    const service = await start(t)
    const address = '0xb05e1dA573707223574443AC6DD1054A9e3A451F'
    await setUp(service, {}, [{ ...numberedGenerator(1), address }])
    t.equal(
      (await service.send('POST', '/api/fetchGeneratorPublicKeys', {
        generator_address: address.toLowerCase()
      })).statusCode,
      200
    )
  },
  'The body of an error': async t => {
    const { send } = await start(t)
    t.same(
      Object.keys((await send('POST', '/api/startGenerator')).json()),
      ['status', 'statusCode', 'code', 'message', 'data']
    )
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
    t.match((await service.send('GET', '/api/getRuntimeConfig')).json(), {
      statusCode: 500, code: 'CONFIG_CORRUPT', message: /runtime_config\.json/
    })
    t.equal((await setUp(service)).statusCode, 200)
  },
  'The RPC URL that the checks ask': async t => {
    const asked: string[] = []
    const url = await serveRpc(t, ({ method }) => {
      asked.push(method)
      return { result: '0x2a' }
    })
    const service = await start(t, { variables: { CHAIN_CHECKS: 'strict', RPC_NETWORK: 'any' } })
    // 0x2a is the right chain, and too small a balance.
    t.match(
      (await setUp(service, { http_url: url, ws_url: 'wss:://dummy' })).json(),
      { statusCode: 400, code: 'INSUFFICIENT_BALANCE' }
    )
    t.ok(asked.includes('eth_getBalance'), asked.join())
  },
  'The answer to a start': async t => {
    const service = await start(t, { startsecs: 1 })
    await setUp(service)
    const { process } = (await service.send('POST', '/api/startGenerator')).json()
    t.ok(process.uptime_seconds >= 1, `${process.uptime_seconds} s`)
    const crashing = await start(t, { command: CRASH, startsecs: 1 })
    await setUp(crashing)
    t.match((await crashing.send('POST', '/api/startGenerator')).json(), {
      statusCode: 500, code: 'PROGRAM_START_FAILED', data: { exit_code: 3 }
    })
  },
  'A start that takes longer than `OPERATION_TIMEOUT_MS`': async t => {
    const service = await start(t, { startsecs: 60, variables: { OPERATION_TIMEOUT_MS: '100' } })
    await setUp(service)
    const { statusCode, json } = await service.send('POST', '/api/startGenerator')
    t.match(
      { statusCode, body: json() },
      { statusCode: 202, body: { message: 'Generator is starting.', process: { state: 'STARTING' } } }
    )
  },
  'The status of a program that is starting, or failed to': async t => {
    const starting = await start(t, { startsecs: 60, variables: { OPERATION_TIMEOUT_MS: '100' } })
    const failing = await start(t, { command: CRASH, startsecs: 1 })
    for (const [service, data] of [
      [starting, 'Generator is starting.'], [failing, 'Generator failed to start.']
    ] as const) {
      await setUp(service)
      await service.send('POST', '/api/startGenerator')
      t.match((await service.send('GET', '/api/getGeneratorStatus')).json(), { status: 'success', data })
    }
  },
  'A supervisor that cannot be reached': async t => {
    const { send } = await start(t, { variables: { SUPERVISORD_URL: `http://127.0.0.1:${await freePort()}` } })
    t.match((await send('GET', '/api/getGeneratorStatus')).json(), { statusCode: 503, code: 'SUPERVISOR_UNAVAILABLE' })
  },
  'Which programs can be started and stopped': async t => {
    const { send } = await start(t)
    t.match(
      (await send('POST', '/api/stopProgram', { program_name: 'attestation-server' })).json(),
      { statusCode: 403, code: 'PROGRAM_NOT_MANAGED' }
    )
  },
  'An encrypted body that cannot be opened': async t => {
    const { app, send } = await start(t)
    const channel = createClientChannel(Buffer.concat([Buffer.of(4), app.enclaveKey.publicKey]))
    const sealed = channel.seal({ address: numberedAddress(1) })
    const bodies = {
      signature: { ...sealed, signature: Array(65).fill(0) }, request: channel.sign(Buffer.alloc(200, 1))
    }
    for (const [field, body] of Object.entries(bodies)) {
      t.match(
        (await send('POST', '/api/signAddressEncrypted', body)).json(),
        { statusCode: 400, code: 'ENCRYPTED_BODY_INVALID', data: { field } }
      )
    }
  },
  'The same encrypted body a second time, over plain HTTP': async t => {
    const service = await start(t)
    const channel = createClientChannel(Buffer.concat([Buffer.of(4), service.app.enclaveKey.publicKey]))
    const body = channel.seal(setup)
    t.equal((await service.send('POST', '/api/generatorConfigSetup', body)).statusCode, 200)
    t.match(
      (await service.send('POST', '/api/generatorConfigSetup', body)).json(), { statusCode: 409, code: 'REPLAYED' }
    )
    const signature = channel.seal({ address: numberedAddress(1) })
    t.equal((await service.send('POST', '/api/signAddress', signature)).statusCode, 200)
    t.equal((await service.send('POST', '/api/signAddress', signature)).statusCode, 200)
  },
  'An `http_url` on a private address, or without TLS': async t => {
    const service = await start(t, { variables: { CHAIN_CHECKS: 'strict' } })
    for (const url of ['https://10.0.0.1/', 'http://rpc.example/']) {
      t.match((await setUp(service, { http_url: url })).json(), { statusCode: 400, code: 'INVALID_REQUEST' })
    }
  },
  'A market\'s port that is one of the service\'s own': async t => {
    t.match((await setUp(await start(t), { markets: { [MARKET]: { port: '9001' } } })).json(),
      { statusCode: 400, code: 'INVALID_REQUEST', data: { field: `runtime_config/markets/${MARKET}/port` } })
  },
  'A benchmark without `market_id`': async t => {
    const { port } = new URL(await startJsonServer(t, 200, { message: 'done', data: 12 }))
    const service = await start(t)
    await setUp(service, { markets: { [MARKET]: { port } } })
    t.match((await service.send('GET', '/api/benchmark')).json(), {
      status: 'success', message: 'Proof generated in 12ms'
    })
  },
  'A benchmark of a market that is not configured': async t => {
    const service = await start(t)
    await setUp(service)
    t.match(
      (await service.send('GET', '/api/benchmark?market_id=7')).json(), { statusCode: 404, code: 'MARKET_NOT_FOUND' }
    )
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

const [, table = ''] = page.split('| What | Original and successor | Here |\n|---|---|---|\n')
const rows = table.split('\n\n', 1)[0]!.split('\n').map(row => row.slice(2).split(' | ')[0]!)

t.test('every row of the table has a check, and every check a row', t => {
  t.same(rows, Object.keys(CHECKS))
  t.end()
})

for (const [row, check] of Object.entries(CHECKS)) t.test(row, check)

t.test('the programs of another conf file are named by two variables', async t => {
  const { app, send } = await start(t, { variables: { GENERATOR_PATH: 'prover', MANAGED_PROGRAMS: 'prover,listener' } })
  t.same(app.programs.names, ['prover', 'listener'])
  t.match(
    (await send('GET', '/api/getProgramStatus?program_name=prover')).json(),
    { statusCode: 404, code: 'PROGRAM_NOT_FOUND' }
  )
})
