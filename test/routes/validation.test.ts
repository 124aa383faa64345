import { readFile } from 'node:fs/promises'
import t from 'tap'
import { PRIVATE_KEY } from '../fixtures/configuration.js'
import { build, snapshot } from '../helper.js'

type Body = Record<string, unknown>
type Method = 'POST' | 'PUT' | 'DELETE'

async function original (name: string): Promise<Body> {
  const text = await readFile(new URL(`../fixtures/original/${name}.json`, import.meta.url), 'utf8')
  return JSON.parse(text.replace('{{private-key}}', PRIVATE_KEY))
}

const setup = await original('generatorConfigSetup')
const [generator] = setup['generator_config'] as [Body]
const runtime = setup['runtime_config'] as Body
const market = { port: 6000, ivs_url: 'http://ivs.example/' }

const WRONG_ADDRESSES = [
  '', '0x', '0x12', `0x${'1'.repeat(39)}`, `0x${'1'.repeat(41)}`, '1'.repeat(40), `0x${'g'.repeat(40)}`,
  ` 0x${'1'.repeat(40)}`, `0x${'1'.repeat(40)}\n`,
]
const WRONG_MARKETS = [
  '', '-1', '1.5', '01', '0x', '0x12', `0x${'g'.repeat(64)}`, '2'.repeat(78), (2n ** 256n).toString()
]
const WRONG_KEYS = [
  '', '0x', '1'.repeat(63), '1'.repeat(65), 'g'.repeat(64), '0'.repeat(64),
  'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141', 'f'.repeat(64),
]
const WRONG_URLS = [
  '', 'example.com', 'ftp://example.com', 'https://', 'http://\ud800', `https://example.com/${'a'.repeat(2048)}`
]
/** Text that ws_url may have. */
const UNREADABLE_URLS = ['', 'example.com', 'https://']
const BLANKS = ['\0', '\t', '\n', '\r', '\x1f', ' ', '\x7f']
/** The host of a URL whose scheme is right. */
function withBlanks (scheme: string): string[] {
  return BLANKS.flatMap(blank => [
    `${blank}${scheme}://a.example/`,
    `${scheme}://a.ex${blank}ample/`,
    `${scheme}://a.example/${blank}x`,
    `${scheme}://a.example/${blank}`,
  ])
}
const WRONG_INTEGERS = [0, -1, 1.5, 1e300, 2 ** 53, '4', true, [1], {}]
const WRONG_TEXTS = ['a\0b', '\ud800', 'x'.repeat(4097)]

const fields: { method: Method, url: string, body: Body, path: string[], optional?: boolean, wrong: unknown[] }[] = [
  ...Object.entries({
    payment_token: WRONG_ADDRESSES,
    generator_registry: WRONG_ADDRESSES,
    attestation_verifier: WRONG_ADDRESSES,
    entity_registry: WRONG_ADDRESSES,
    proof_market_place: WRONG_ADDRESSES,
    staking_token: WRONG_ADDRESSES,
    transfer_verifier_wrapper: WRONG_ADDRESSES,
    zkb_verifier_wrapper: WRONG_ADDRESSES,
    priority_list: WRONG_ADDRESSES,
    input_and_proof_format: WRONG_ADDRESSES,
    ws_url: [...WRONG_URLS.filter(url => !UNREADABLE_URLS.includes(url)), ...withBlanks('wss'), 'https://example.com'],
    http_url: [...WRONG_URLS, ...withBlanks('https'), 'wss://example.com'],
    private_key: WRONG_KEYS,
    start_block: WRONG_INTEGERS,
    chain_id: WRONG_INTEGERS,
    zkbob_market_id: [-1, 1.5, '', 'a\0', {}],
    ivs_url: [...WRONG_URLS.filter(url => url !== ''), ...withBlanks('http')],
    markets: [[], 'x'],
  }).flatMap(([field, wrong]) => {
    const optional = [
      'ws_url', 'payment_token', 'transfer_verifier_wrapper', 'zkb_verifier_wrapper', 'priority_list',
      'input_and_proof_format', 'zkbob_market_id', 'ivs_url', 'markets',
    ].includes(field)
    return [
      {
        method: 'POST' as const,
        url: 'generatorConfigSetup',
        body: { ...setup, runtime_config: { ...runtime, ivs_url: 'http://ivs.example', markets: {} } },
        path: ['runtime_config', field],
        optional,
        wrong,
      },
      {
        method: 'PUT' as const,
        url: 'updateRuntimeConfig',
        body: { chain_id: 1, [field]: runtime[field] },
        path: [field],
        optional: true,
        wrong,
      },
    ]
  }),
  ...[
    { path: ['address'], wrong: WRONG_ADDRESSES },
    { path: ['data'], wrong: WRONG_TEXTS },
    { path: ['supported_markets'], wrong: [[], ['1', '1'], Array.from({ length: 257 }, (_, index) => String(index))] },
    { path: ['supported_markets', '0'], wrong: WRONG_MARKETS, optional: true },
  ].flatMap(({ path, wrong, optional = false }) => [
    {
      method: 'POST' as const,
      url: 'generatorConfigSetup',
      body: setup,
      path: ['generator_config', '0', ...path],
      wrong,
      optional,
    },
    {
      method: 'POST' as const,
      url: 'addNewGenerator',
      body: { ...generator, address: `0x${'9'.repeat(40)}` },
      path,
      wrong,
      optional,
    },
    {
      method: 'PUT' as const,
      url: 'updateGeneratorConfig',
      body: generator,
      path,
      wrong,
      optional: optional || path[0] !== 'address',
    },
  ]),
  { method: 'POST', url: 'generatorConfigSetup', body: setup, path: ['generator_config'], wrong: [[], null] },
  { method: 'POST', url: 'generatorConfigSetup', body: setup, path: ['runtime_config'], wrong: [[], null, {}] },
  {
    method: 'PUT',
    url: 'updateRuntimeConfig',
    body: { markets: { 7: market } },
    path: ['markets', '7', 'port'],
    optional: true,
    wrong: [0, 65536, 1.5, '0', '65536', '1a', '', '080'],
  },
  {
    method: 'PUT',
    url: 'updateRuntimeConfig',
    body: { markets: { 7: market } },
    path: ['markets', '7', 'ivs_url'],
    optional: true,
    wrong: WRONG_URLS.filter(url => url !== ''),
  },
  {
    method: 'PUT',
    url: 'updateRuntimeConfig',
    body: { markets: { 7: market } },
    path: ['markets', 'seven'],
    wrong: [market],
    optional: true,
  },
  {
    method: 'DELETE',
    url: 'removeGenerator',
    body: { address: generator['address'] },
    path: ['address'],
    wrong: WRONG_ADDRESSES,
  },
  {
    method: 'POST',
    url: 'fetchGeneratorPublicKeys',
    body: { generator_address: generator['address'] },
    path: ['generator_address'],
    wrong: WRONG_ADDRESSES,
  },
  {
    method: 'POST',
    url: 'signAddress',
    body: { address: generator['address'] },
    path: ['address'],
    wrong: WRONG_ADDRESSES,
  },
  {
    method: 'POST',
    url: 'signAttestation',
    body: { attestation: '0x12', address: generator['address'] },
    path: ['address'],
    wrong: WRONG_ADDRESSES,
  },
  {
    method: 'POST',
    url: 'signAttestation',
    body: { attestation: '0x12', address: generator['address'] },
    path: ['attestation'],
    wrong: ['', '0x', '0x1', '123', '0xgg', `0x${'11'.repeat(65537)}`],
  },
  ...['startProgram', 'stopProgram', 'restartProgram'].map(url => (
    {
      method: 'POST' as const,
      url,
      body: { program_name: 'listener' },
      path: ['program_name'],
      wrong: ['', 'a\0', 'x'.repeat(129)],
    })),
]

/** A copy of a body with another value at a path, or without the field. */
function withField (body: Body, path: string[], value: unknown): Body {
  const copy = structuredClone(body)
  const parent = path.slice(0, -1).reduce<Body>((object, name) => object[name] as Body, copy)
  if (value === undefined) delete parent[path.at(-1)!]
  else parent[path.at(-1)!] = value
  return copy
}

t.test('every field of every body: missing, wrong type, wrong form, unknown neighbour', async t => {
  const service = await build(t)
  const key = await service.generateApiKey()
  t.equal((await service.send('POST', '/api/generatorConfigSetup', setup)).statusCode, 200)
  const before = await snapshot(service.folder)
  let requests = 0

  async function refused (name: string, {
    method, url, body, field
  }: { method: Method, url: string, body: unknown, field: string }) {
    const response = await service.send(method, `/api/${url}`, body)
    const answer = response.json()
    requests += 1
    if (response.statusCode !== 400 || answer.code !== 'INVALID_REQUEST' || !answer.message.startsWith(
      field
    ) || !answer.data.field.startsWith(field)) {
      t.fail(`${method} ${url} ${name}`, { answer, field })
    }
  }

  for (const { path, optional = false, wrong, ...request } of fields) {
    const field = path.join('/')
    const extra = [...path.slice(0, -1), 'extra']
    const isInList = /^\d+$/.test(path.at(-1)!) && path.at(-2) !== 'markets'
    if (!optional) {
      await refused(`${field} missing`, {
        ...request, body: withField(request.body, path, undefined), field
      })
    }
    if (!isInList) {
      await refused(`unknown neighbour of ${field}`, {
        ...request,
        body: withField(request.body, extra, 1),
        field: path.at(-2) === 'markets' ? 'markets/extra' : extra.join('/'),
      })
    }
    // Null in an optional field is no value. test/routes/field-bodies.test.ts tests it.
    const types = [1.5, false, ...optional && !isInList ? [] : [null]].filter(type => !wrong.includes(type))
    for (const value of [...wrong, ...types]) {
      await refused(`${field} = ${JSON.stringify(value)?.slice(0, 60)}`, {
        ...request, body: withField(request.body, path, value), field
      })
    }
  }
  for (const [method, url] of new Set(fields.map(({ method, url }) => [method, url] as const))) {
    for (const body of ['[]', '"text"', 'null', '1']) {
      const response = await service.app.inject({
        method, url: `/api/${url}`, payload: body, headers: { 'content-type': 'application/json', 'api-key': key }
      })
      t.equal(response.statusCode, 400)
    }
  }
  for (const body of ['{"address":"0x0","address":"0x1"}', '{"runtime_config":{"chain_id":1,"ch\\u0061in_id":2}}']) {
    const response = await service.app.inject({
      method: 'POST',
      url: '/api/generatorConfigSetup',
      payload: body,
      headers: { 'content-type': 'application/json', 'api-key': key },
    })
    t.match(response.json(), {
      statusCode: 400, code: 'INVALID_JSON', message: /^The body has the key "(address|chain_id)" twice in one object/
    })
  }
  // A parser's own message would quote the body.
  for (const body of ['{"private_key":"canary" x', 'canary', '{"canary":1,}']) {
    const response = await service.app.inject({
      method: 'POST',
      url: '/api/generatorConfigSetup',
      payload: body,
      headers: { 'content-type': 'application/json', 'api-key': key },
    })
    t.match(response.json(), {
      statusCode: 400,
      code: 'INVALID_JSON',
      message: 'The body is not valid JSON, or has a key that is not allowed (__proto__, constructor)',
    })
    t.notMatch(response.body, 'canary')
  }
  t.ok(requests > 400, `${requests} requests`)
  t.same(await snapshot(service.folder), before, 'files unchanged')
})

t.test('messages are written for an operator', async t => {
  const service = await build(t)
  await service.generateApiKey()
  const address = `0x${'9'.repeat(40)}`
  const markets = Object.fromEntries(Array.from({ length: 257 }, (_, index) => [String(index), market]))
  const cases: [Method | 'GET', string, Body | undefined, string][] = [
    ['GET', 'getGeneratorLogs?stream=both', undefined, 'stream: must be one of stdout, stderr'],
    ['POST', 'startProgram', { program_name: '' }, 'program_name: must not be empty'],
    [
      'POST',
      'addNewGenerator',
      { ...generator, address, data: 'x'.repeat(4097) },
      'data: must have at most 4096 characters',
    ],
    [
      'POST',
      'addNewGenerator',
      { ...generator, address, supported_markets: [] },
      'supported_markets: must have at least one entry',
    ],
    [
      'POST',
      'addNewGenerator',
      { ...generator, address, supported_markets: Array.from({ length: 257 }, (_, index) => String(index)) },
      'supported_markets: must have at most 256 entries',
    ],
    ['PUT', 'updateRuntimeConfig', { markets }, 'markets: must have at most 256 fields'],
    ['PUT', 'updateRuntimeConfig', { chain_id: 0 }, 'chain_id: must be >= 1'],
  ]
  for (const [method, url, body, message] of cases) {
    t.match((await service.send(method, `/api/${url}`, body)).json(), {
      statusCode: 400, code: 'INVALID_REQUEST', message
    })
  }
})

t.test('a compressed body is refused, whatever it is', async t => {
  const service = await build(t)
  const headers = { 'api-key': await service.generateApiKey(), 'content-type': 'application/json' }
  const send = async (encoding: string) => await service.app.inject({
    method: 'POST',
    url: '/api/signAddress',
    headers: {
      ...headers, 'content-encoding': encoding
    },
    payload: { address: `0x${'1'.repeat(40)}` }
  })
  t.equal((await send('identity')).statusCode, 200)
  const refused = await send('gzip')
  t.same(refused.json(), {
    status: 'error',
    statusCode: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'content-encoding: send the body as it is, without compression',
    data: null,
  })
})
