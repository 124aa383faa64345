import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createClientChannel } from '../fixtures/client-channel.js'
import { numberedGenerator, setup } from '../fixtures/configuration.js'
import { build, type Service, snapshot } from '../helper.js'

const DUMMY = 'wss:://not_used_so_using_some_dummy_value_to_pass'
const { ws_url: _webSocket, payment_token: _token, ...required } = setup.runtime_config
const stored = { params_path: './params/', markets: {}, ...required }
const refused = (field: string, problem: string) => (
  { status: 'error', statusCode: 400, code: 'INVALID_REQUEST', message: `${field}: ${problem}`, data: { field } })

async function readRuntime (folder: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(folder, 'runtime_config.json'), 'utf8')).runtime_config
}

/** Sends a body as it is, or encrypted. Returns the answer with its data in plain. */
function sender (service: Service, encrypted: boolean) {
  const channel = createClientChannel(Buffer.concat([Buffer.of(4), service.app.enclaveKey.publicKey]))
  return async (method: 'POST' | 'PUT', name: string, body: unknown) => {
    const answer = (await service.send(method, `/api/${name}`, encrypted ? channel.seal(body) : body)).json()
    return encrypted && answer.status === 'success' ? { ...answer, data: channel.open(answer.data) } : answer
  }
}

async function eachWay (
  t: Test,
  name: string,
  check: (t: Test, service: Service, send: ReturnType<typeof sender>) => Promise<void>
): Promise<void> {
  for (const encrypted of [false, true]) {
    await t.test(`${name}, ${encrypted ? 'encrypted' : 'plain'}`, async t => {
      const service = await build(t)
      await service.generateApiKey()
      await check(t, service, sender(service, encrypted))
    })
  }
}

const setUp = (runtime: object) => ({ ...setup, runtime_config: { ...required, ...runtime } })

t.test('setups of real clients', async t => {
  const warning = {
    warnings: ['runtime_config/ws_url: is not a URL, it is stored as given: set a wss:// URL if your listener uses one']
  }
  const cases: [string, object, object, object][] = [
    ['no ws_url and no payment_token', {}, {}, {}],
    ['a ws_url that is no URL', { ws_url: DUMMY }, { ws_url: DUMMY }, warning],
    ['a ws_url that is empty', { ws_url: '' }, { ws_url: '' }, warning],
    [
      'nulls',
      { ws_url: null, ivs_url: null, markets: null, payment_token: null, priority_list: null, zkbob_market_id: null },
      {},
      {},
    ],
    ['an empty ivs_url', { ivs_url: '' }, { ivs_url: '' }, {}],
    [
      'a port alone',
      { markets: { 0: '1000', 1: 1001 } },
      { markets: { 0: { port: '1000', ivs_url: '' }, 1: { port: '1001', ivs_url: '' } } },
      {},
    ],
    [
      'a port alone beside an ivs_url',
      { ivs_url: 'http://ivs.example', markets: { 0: '1000' } },
      { ivs_url: 'http://ivs.example', markets: { 0: { port: '1000', ivs_url: 'http://ivs.example' } } },
      {},
    ],
    ['a market of a port', { markets: { 1: { port: '6000' } } }, { markets: { 1: { port: '6000' } } }, {}],
    [
      'a market with a gateway',
      { markets: { 1: { port: '6000', ivs_url: '', prover_gateway_url: 'http://gateway.example' } } },
      { markets: { 1: { port: '6000', ivs_url: '', prover_gateway_url: 'http://gateway.example' } } },
      {},
    ],
    [
      'a market of nulls',
      { markets: { 1: { port: 6000, ivs_url: null, prover_gateway_url: null }, 2: { port: null } } },
      { markets: { 1: { port: '6000' }, 2: {} } },
      {},
    ],
  ]
  await eachWay(t, 'accepted', async (t, service, send) => {
    for (const [name, runtime, onDisk, notes] of cases) {
      t.same(
        await send('POST', 'generatorConfigSetup', setUp(runtime)),
        { status: 'success', message: 'Config done', data: null, ...notes },
        name
      )
      t.same(await readRuntime(service.folder), { ...stored, ...onDisk }, name)
      t.equal((await service.send('GET', '/api/getRuntimeConfig')).statusCode, 200, name)
    }
  })
  await eachWay(t, 'refused', async (t, service, send) => {
    const before = await snapshot(service.folder)
    for (const [runtime, answer] of [
      [
        { ws_url: 'https://rpc.example' },
        refused(
          'runtime_config/ws_url',
          'must be a ws:// or wss:// URL, or text that is no URL, without blanks and control characters'
        ),
      ],
      [
        { ws_url: 'no url' },
        refused(
          'runtime_config/ws_url',
          'must be a ws:// or wss:// URL, or text that is no URL, without blanks and control characters'
        ),
      ],
      [{ ws_url: 'x'.repeat(2049) }, refused('runtime_config/ws_url', 'must have at most 2048 characters')],
      [{ http_url: null }, refused('runtime_config/http_url', 'must be string')],
      [
        { markets: { 1: { port: 'x' } } },
        refused('runtime_config/markets/1/port', 'must be integer or must be a port number from 1 to 65535'),
      ],
      [
        { markets: { 1: { port: '6000', host: 'x' } } },
        refused('runtime_config/markets/1/host', 'is not a known field here, remove it'),
      ],
    ] as const) {
      t.same(await send('POST', 'generatorConfigSetup', setUp(runtime)), answer)
    }
    t.same(await snapshot(service.folder), before)
  })
})

t.test('nulls in updates', async t => {
  await eachWay(t, 'nothing of the field changes', async (t, service, send) => {
    await send('POST', 'generatorConfigSetup', setUp({ ivs_url: 'http://ivs.example' }))
    const update = {
      ws_url: null,
      ivs_url: null,
      markets: null,
      payment_token: null,
      http_url: null,
      private_key: null,
      generator_registry: null,
      start_block: 11,
    }
    t.same(await send('PUT', 'updateRuntimeConfig', update), {
      status: 'success', message: 'Runtime config updated', data: null
    })
    t.same(await readRuntime(service.folder), { ...stored, ivs_url: 'http://ivs.example', start_block: 11 })
    const { address } = numberedGenerator(1)
    t.same(
      await send('PUT', 'updateGeneratorConfig', { address, data: 'new', supported_markets: null }),
      { status: 'success', message: 'Generator config updated', data: null }
    )
    const { generator_config: [generator] } = JSON.parse(await readFile(
      join(service.folder, 'generator_config.json'), 'utf8'
    ))
    t.match(generator, { ...numberedGenerator(1), data: 'new' })

    t.same(
      await send('PUT', 'updateRuntimeConfig', { markets: { 3: '1000' } }),
      { status: 'success', message: 'Runtime config updated', data: null }
    )
    t.same(
      (await readRuntime(service.folder))['markets'],
      { 3: { port: '1000', ivs_url: 'http://ivs.example' } },
      'a port alone has the ivs_url of before'
    )

    const before = await snapshot(service.folder)
    t.same(
      await send('PUT', 'updateRuntimeConfig', { ws_url: null, http_url: null }),
      refused('body', 'must have at least one field to change')
    )
    t.same(
      await send('PUT', 'updateGeneratorConfig', { address, data: null, supported_markets: null }),
      refused('body', 'must have at least one field to change')
    )
    t.same(
      await send('PUT', 'updateGeneratorConfig', { address: null, data: 'x', supported_markets: ['1'] }),
      refused('address', 'must be string')
    )
    t.same(await snapshot(service.folder), before)
  })
})

t.test('files of other services are read, shown without secrets, and kept by an update', async t => {
  const runtime = {
    ...stored,
    ws_url: 'no url with a key',
    ivs_url: 'neither',
    payment_token: null,
    markets: {
      0: '1000',
      1: { port: '6000', ivs_url: null },
      2: { ivs_url: 'no url' },
      3: { port: '9001', prover_gateway_url: 'http://10.0.0.1/x?key=1' },
    }
  }
  const folder = t.testdir({
    'runtime_config.json': JSON.stringify({ runtime_config: runtime }),
    'generator_config.json': JSON.stringify({
      generator_config: [{ ...numberedGenerator(1), ecies_private_key: '2'.repeat(64) }]
    }),
  })
  await writeFile(join(folder, 'secp.sec'), Buffer.alloc(32, 0x22), { mode: 0o600 })
  const service = await build(t, { folder })
  await service.generateApiKey()
  const { runtime_config: view } = (await service.send('GET', '/api/getRuntimeConfig')).json().data
  t.match(view, {
    ws_url: '***',
    ivs_url: '***',
    markets: {
      0: { port: '1000' },
      1: { port: '6000' },
      2: { ivs_url: '***' },
      3: { port: '9001', prover_gateway_url: 'http://10.0.0.1/x?***' },
    },
  })
  t.match(
    (await service.send('PUT', '/api/updateRuntimeConfig', { start_block: 11 })).json(),
    { status: 'success', message: 'Runtime config updated', data: null }
  )
  const { payment_token: _absent, ...kept } = runtime
  t.same(await readRuntime(folder), {
    ...kept,
    start_block: 11,
    markets: { ...runtime.markets, 0: { port: '1000', ivs_url: 'neither' }, 1: { port: '6000' } },
  })
})

t.test('a market without a port cannot make a benchmark', async t => {
  const service = await build(t)
  await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setUp({ markets: { 1: { ivs_url: '' } } }))
  t.same(
    (await service.send('GET', '/api/benchmark')).json(),
    refused('market_id', '1 has no port in markets of the runtime config, add one with updateRuntimeConfig')
  )
})
