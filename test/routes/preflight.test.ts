import t, { type Test } from 'tap'
import type { ConfigurationSetup } from '../../schemas/configuration.js'
import { GENERATOR, runtimeConfig } from '../chain/configuration.js'
import { setMarketKey, setState, startRehearsal } from '../chain/rehearsal.js'
import { build, type Service, snapshot } from '../helper.js'

const rehearsal = await startRehearsal(t)
const { url, host, chain } = rehearsal

const POOR_KEY = '11'.repeat(32)
const NOBODY = 'http://127.0.0.1:1'
const UNREGISTERED = `ECIES key not updated in the registry for generator : ${GENERATOR}`
const CHECK_NAMES = ['rpc', 'chain_id', 'balance', `ecies_key:${GENERATOR}`, `registration:${GENERATOR}:1`]

function setup (changes: Partial<ConfigurationSetup['runtime_config']> = {}): ConfigurationSetup {
  const { params_path: _, ...runtime } = runtimeConfig(url, {
    generator_registry: chain.addresses.GeneratorRegistry, entity_registry: chain.addresses.EntityKeyRegistry,
  })
  return {
    generator_config: [{ address: GENERATOR, data: '', supported_markets: ['1'] }],
    runtime_config: { ...runtime, ...changes },
  }
}

async function buildStrict (t: Test): Promise<Service> {
  const service = await build(t, { variables: { CHAIN_CHECKS: 'strict', RPC_NETWORK: 'any' } })
  await service.generateApiKey()
  return service
}

async function register ({ app }: Service): Promise<void> {
  await chain.transact([
    setState(GENERATOR, '1', 1), setMarketKey(GENERATOR, '1', `0x${app.enclaveKey.publicKey.toString('hex')}`),
  ])
}

async function processOf ({
  send
}: Service): Promise<{ state: string, pid: number | null, started_at: string | null }> {
  return (await send('GET', '/api/getGeneratorStatus')).json().process
}

const STARTS = [
  { url: '/api/startGenerator', body: {} },
  { url: '/api/restartGenerator', body: {} },
  { url: '/api/startProgram', body: { program_name: 'kalypso-generator' } },
  { url: '/api/restartProgram', body: { program_name: 'kalypso-generator' } },
]

t.test('there is no configuration', async t => {
  const service = await buildStrict(t)
  const answer = {
    status: 'error',
    statusCode: 409,
    code: 'CONFIG_NOT_FOUND',
    message: 'There is no configuration yet: call generatorConfigSetup first',
    data: null,
  }
  t.strictSame((await service.send('GET', '/api/preflight')).json(), answer)
  for (const { url, body } of STARTS) t.strictSame((await service.send('POST', url, body)).json(), answer, url)
})

t.test('the report lists every check and starts nothing', async t => {
  await rehearsal.onSnapshot(t)
  const service = await buildStrict(t)
  t.equal((await service.send('POST', '/api/generatorConfigSetup', setup())).statusCode, 200)
  const before = await service.send('GET', '/api/preflight')
  t.equal(before.statusCode, 200)
  const { data, ...envelope } = before.json()
  t.strictSame(envelope, { status: 'success', message: 'Preflight checks done' })
  t.strictSame({ ...data, checks: data.checks.map(({ name, result }: Record<string, unknown>) => [name, result]) }, {
    startable: false,
    chain_checks: 'strict',
    checks: CHECK_NAMES.map((name, index) => [name, index < 3 ? 'pass' : 'fail']),
  })
  t.strictSame(data.checks[4], {
    name: `registration:${GENERATOR}:1`,
    result: 'fail',
    message: `Generator ${GENERATOR} is not registered for market 1. Please register and try again`,
    remedy: 'Register the generator, stake, and join the market (joinMarketplace of the SDK).',
    code: 'PREFLIGHT_FAILED',
    finding: null,
  })
  await register(service)
  const after = (await service.send('GET', '/api/preflight')).json().data
  t.equal(after.startable, true)
  t.strictSame(after.checks[0], {
    name: 'rpc', result: 'pass', message: `RPC endpoint ${host} answers`, remedy: null, code: null, finding: null
  })
  t.strictSame(after.checks.map(({ result }: { result: string }) => result), CHECK_NAMES.map(() => 'pass'))
  t.match(await processOf(service), { state: 'STOPPED', started_at: null })
})

t.test('CHAIN_CHECKS=off is named in the report', async t => {
  const service = await build(t)
  await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setup({ http_url: NOBODY }))
  t.strictSame((await service.send('GET', '/api/preflight')).json().data, {
    startable: true,
    chain_checks: 'off',
    checks: CHECK_NAMES.map(name => ({
      name, result: 'skipped', message: 'Not checked: CHAIN_CHECKS is off', remedy: null, code: null, finding: null
    })),
  })
})

t.test('a start is refused and nothing starts', async t => {
  const service = await buildStrict(t)
  await service.send('POST', '/api/generatorConfigSetup', setup())
  for (const { url, body } of STARTS) {
    const response = await service.send('POST', url, body)
    const { data, ...envelope } = response.json()
    t.equal(response.statusCode, 400, url)
    t.strictSame(envelope, { status: 'error', statusCode: 400, code: 'PREFLIGHT_FAILED', message: UNREGISTERED })
    t.strictSame(data.map(({ name }: { name: string }) => name), CHECK_NAMES)
  }
  t.match(await processOf(service), { state: 'STOPPED', started_at: null })
})

t.test('the findings of the first check of a start', async t => {
  const service = await buildStrict(t)
  const cases = [
    {
      changes: { http_url: NOBODY },
      status: 502,
      code: 'RPC_UNAVAILABLE',
      message: 'RPC endpoint 127.0.0.1:1 could not be reached (ECONNREFUSED)',
    },
    {
      changes: { chain_id: 42161 },
      status: 400,
      code: 'PREFLIGHT_FAILED',
      message: `RPC endpoint ${host} serves chain 31337, but chain_id is 42161`,
    },
    {
      changes: { private_key: POOR_KEY },
      status: 400,
      code: 'PREFLIGHT_FAILED',
      message: "Runtime private_key doesn't have enough balance, minimum balance required is 0.05ETH",
    },
  ]
  for (const { changes, status, code, message } of cases) {
    // A setup would refuse these values. They stand for changes between a setup and a start.
    await service.app.configuration.change(() => ({
      generators: [
        { address: GENERATOR, ecies_private_key: service.app.enclaveKey.secretHex, data: '', supported_markets: ['1'] }
      ],
      runtime: { ...runtimeConfig(url), ...changes },
    }))
    for (const { url: path, body } of STARTS) {
      t.match(
        (await service.send('POST', path, body)).json(),
        { status: 'error', statusCode: status, code, message },
        `${path}: ${code}`
      )
    }
    t.match(await processOf(service), { state: 'STOPPED', started_at: null })
  }
})

t.test('a registered generator starts; a restart that is refused leaves it as it is', async t => {
  await rehearsal.onSnapshot(t)
  const service = await buildStrict(t)
  await service.send('POST', '/api/generatorConfigSetup', setup())
  await register(service)
  t.match((await service.send('POST', '/api/startGenerator')).json(), {
    message: 'Generator started', process: { state: 'RUNNING' }
  })
  const { pid } = await processOf(service)
  await chain.transact([setState(GENERATOR, '1', 0)])
  for (const path of ['restartGenerator', 'restartProgram']) {
    const response = await service.send(
      'POST', `/api/${path}`, path === 'restartProgram' ? { program_name: 'kalypso-generator' } : {}
    )
    t.match(response.json(), {
      statusCode: 400,
      code: 'PREFLIGHT_FAILED',
      message: `Generator ${GENERATOR} is not registered for market 1. Please register and try again`,
    })
  }
  t.match(await processOf(service), { state: 'RUNNING', pid })
})

const REFUSED_CHANGES = [
  { name: 'too poor', changes: { private_key: POOR_KEY }, status: 400, code: 'INSUFFICIENT_BALANCE' },
  { name: 'another chain', changes: { chain_id: 42161 }, status: 400, code: 'CHAIN_MISMATCH' },
  { name: 'nobody there', changes: { http_url: NOBODY }, status: 502, code: 'RPC_UNAVAILABLE' },
  {
    name: 'a ws_url with a password',
    changes: { ws_url: 'wss://user:secret@rpc.example' },
    status: 400,
    code: 'INVALID_REQUEST',
  },
]

t.test('setup and update refuse what they find on chain, and write nothing', async t => {
  const service = await buildStrict(t)
  for (const { name, changes, status, code } of REFUSED_CHANGES) {
    const response = await service.send('POST', '/api/generatorConfigSetup', setup(changes))
    t.match(response.json(), { status: 'error', statusCode: status, code }, name)
    t.equal((await service.send('GET', '/api/preflight')).json().code, 'CONFIG_NOT_FOUND', 'nothing is set up')
  }
  await service.send('POST', '/api/generatorConfigSetup', setup())
  const before = await snapshot(service.folder)
  for (const { name, changes, status, code } of REFUSED_CHANGES) {
    t.match(
      (await service.send('PUT', '/api/updateRuntimeConfig', changes)).json(),
      { status: 'error', statusCode: status, code },
      name
    )
    t.match(
      (await service.send('POST', '/api/generatorConfigSetup', setup(changes))).json(),
      { status: 'error', statusCode: status, code },
      name
    )
    t.strictSame(await snapshot(service.folder), before, 'files unchanged')
  }
})

t.test('an update that no check looks at needs no RPC endpoint', async t => {
  const service = await buildStrict(t)
  await service.app.configuration.change(() => ({ generators: [], runtime: runtimeConfig(NOBODY) }))
  t.equal((await service.send('PUT', '/api/updateRuntimeConfig', { start_block: 7 })).statusCode, 200)
  t.equal((await service.app.configuration.read()).runtime.start_block, 7)
  t.equal((await service.send('PUT', '/api/updateRuntimeConfig', { start_block: 8, chain_id: 31337 })).statusCode, 502)
  t.equal((await service.app.configuration.read()).runtime.start_block, 7)
})
