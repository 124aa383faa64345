import type { ServerResponse } from 'node:http'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { createJsonRpcClient, type JsonRpcClient, type RpcOutcome } from '../../../src/chain/rpc/json-rpc.js'
import { createRpcProviders, type RpcProviders } from '../../../src/chain/rpc/providers.js'
import { readBody, type RpcRequest, sendJson, serve } from '../servers.js'

function connect (t: Test, url: string, providers: RpcProviders = createRpcProviders()): JsonRpcClient {
  const client = createJsonRpcClient({
    field: 'http_url', url, network: 'any', timeoutMs: 2000, operationTimeoutMs: 4000, providers
  })
  t.teardown(client.close)
  return client
}

const sendEchoes = async (client: JsonRpcClient, count: number) => await client.send({
  count, callAt: index => ({ method: 'echo', params: [index] })
})
const echoes = (count: number): RpcOutcome[] => Array.from({ length: count }, (_, result) => ({ result }))
const answerTo = ({ id, params: [result] }: RpcRequest) => ({ jsonrpc: '2.0', id, result })

/** Serves calls; `refuse` answers a batch that is refused, and says so. */
async function serveBatches (t: Test, refuse: (batch: RpcRequest[], response: ServerResponse) => boolean) {
  const sizes: number[] = []
  const url = await serve(t, async (request, response) => {
    const body = await readBody(request)
    sizes.push([body].flat().length)
    if (!Array.isArray(body)) sendJson(response, answerTo(body))
    else if (!refuse(body, response)) sendJson(response, body.map(answerTo))
  })
  return { url, sizes }
}

const REFUSED = { code: -32600, message: 'Invalid Request' }
const FORMS: Array<[string, (batch: RpcRequest[], response: ServerResponse) => void]> = [
  ['an array with one error', (_batch, response) => sendJson(response, [{ jsonrpc: '2.0', id: null, error: REFUSED }])],
  [
    'an array with one error of the first call',
    ([first], response) => sendJson(response, [
      { jsonrpc: '2.0', id: first?.id, error: { code: -32000, message: 'batch too large' } }
    ]),
  ],
  [
    'one error object',
    (_batch, response) => sendJson(response, { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'no' } }),
  ],
  [
    '-32600 for each entry',
    (batch, response) => sendJson(response, batch.map(({ id }) => ({ jsonrpc: '2.0', id, error: REFUSED }))),
  ],
  [
    '-32600 for each entry, without ids',
    (batch, response) => sendJson(response, batch.map(() => ({ jsonrpc: '2.0', id: null, error: REFUSED }))),
  ],
  [
    'words about batches for each entry',
    (batch, response) => sendJson(
      response, batch.map(({ id }) => ({ id, error: { code: -32005, message: 'batch limit exceeded' } }))
    ),
  ],
  ['HTTP 400', (_batch, response) => response.writeHead(400).end('bad')],
  ['HTTP 403', (_batch, response) => response.writeHead(403).end('batches are for paying users')],
  ['HTTP 413', (_batch, response) => response.writeHead(413).end()],
  [
    'HTTP 500',
    (_batch, response) => sendJson(
      response, { code: 31, message: 'Batch of more than 3 requests are not allowed on free tier' }, 500
    ),
  ],
  ['an array shorter than the batch', (batch, response) => sendJson(response, batch.slice(0, 1).map(answerTo))],
  ['an empty array', (_batch, response) => sendJson(response, [])],
]
for (const [name, refuse] of FORMS) {
  t.test(`batches above a size refused with ${name}: halved, and the size remembered for the URL`, async t => {
    for (const largest of [1, 3, 12]) {
      const providers = createRpcProviders()
      const { url, sizes } = await serveBatches(t, (batch, response) => {
        if (batch.length <= largest) return false
        refuse(batch, response)
        return true
      })
      t.strictSame(await sendEchoes(connect(t, url, providers), 100), echoes(100))
      t.equal(sizes[0], 100)
      t.ok(sizes.filter(size => size > largest).length <= 7, 'few are refused')
      sizes.length = 0
      t.strictSame(await sendEchoes(connect(t, url, providers), 7), echoes(7))
      t.ok(sizes.every(size => size <= largest), `a later client begins with ${Math.max(...sizes)}`)
      sizes.length = 0
      await sendEchoes(connect(t, `${url}/other`, providers), 7)
      t.equal(sizes[0], 7, 'another URL is another provider')
    }
  })
}

t.test('an endpoint that refuses every size has no size that is remembered', async t => {
  const providers = createRpcProviders()
  let isDown = true
  const sizes: number[] = []
  const url = await serve(t, async (request, response) => {
    const body = [await readBody(request)].flat()
    sizes.push(body.length)
    if (isDown) response.writeHead(500).end()
    else sendJson(response, body.map(answerTo))
  })
  await t.rejects(sendEchoes(connect(t, url, providers), 8), new Error('answered with HTTP status 500'))
  t.strictSame(sizes, [8, 4, 2, 1])
  isDown = false
  t.strictSame(await sendEchoes(connect(t, url, providers), 8), echoes(8))
  t.equal(sizes.at(-1), 8)
})

t.test('a reverted call is an outcome, whatever the contract says, and no refusal', async t => {
  const errors = [
    'execution reverted: batch too large', 'execution reverted: rate limit', 'Reverted 0x capacity'
  ].map(message => ({ code: -32000, message }))
  let exchanges = 0
  const url = await serve(t, async (request, response) => {
    exchanges += 1
    sendJson(
      response,
      [await readBody(request)].flat().map(({ id }, index) => ({
        id, error: errors[index] ?? { code: 3, message: 'too many requests' }
      }))
    )
  })
  t.strictSame(
    await sendEchoes(connect(t, url), 4),
    [...errors, { code: 3, message: 'too many requests' }].map(error => ({ error }))
  )
  t.equal(exchanges, 1)
})

/** Limits as providers write them; the first answer is one, the second lets all pass. */
const LIMITS: Array<[string, (calls: RpcRequest[], response: ServerResponse) => void]> = [
  ['HTTP 429', (_calls, response) => response.writeHead(429).end('slow down')],
  ['HTTP 503 with Retry-After', (_calls, response) => response.writeHead(503, { 'retry-after': '1' }).end()],
  [
    'HTTP 429 with Retry-After as a date',
    (_calls, response) => response.writeHead(429, { 'retry-after': new Date(Date.now() + 1000).toUTCString() }).end(),
  ],
  ['HTTP 429 with Retry-After 0', (_calls, response) => response.writeHead(429, { 'retry-after': '0' }).end()],
  [
    'HTTP 400 with a limit code',
    (_calls, response) => sendJson(response, { id: null, error: { code: -32097, message: 'no' } }, 400),
  ],
  ...[
    [-32005, 'daily request count exceeded, request rate limited'],
    [-32097, 'x'],
    [-32016, 'over rate limit'],
    [-32029, 'x'],
    [429, 'x'],
    [-32000, '429 Too Many Requests'],
    [-32007, '25/second request limit reached - reduce calls per second'],
    [-32011, 'request limit reached'],
    [15, 'You reached Public endpoint rate limit, please upgrade to paid plan'],
    [-32000, 'Your app has exceeded its compute units per second capacity'],
  ].map(([code, message]): [string, (calls: RpcRequest[], response: ServerResponse) => void] => [
    `error ${code} "${message}"`, (_calls, response) => sendJson(response, {
      jsonrpc: '2.0', id: null, error: { code, message }
    }),
  ]),
  ['a limit code without words', (_calls, response) => sendJson(response, { id: null, error: { code: -32005 } })],
  [
    'an array with one limit',
    (_calls, response) => sendJson(response, [{ id: null, error: { code: -32005, message: 'x' } }]),
  ],
  [
    'a limit for each entry',
    (calls, response) => sendJson(
      response, calls.map(({ id }) => ({ id: String(id), error: { code: 429, message: 'x' } }))
    ),
  ],
  [
    'a limit for some entries',
    (calls, response) => sendJson(
      response,
      calls.map((call, index) => index < 2 ? answerTo(call) : ({ id: call.id, error: { code: -32005, message: 'x' } }))
    ),
  ],
]
t.test('limits are waited for, and only what was refused is asked for again', { jobs: 8 }, t => {
  for (const [name, limit] of LIMITS) {
    t.test(name, async t => {
      const asked = new Map<number, number>()
      let exchanges = 0
      let hasRefused = 0
      const url = await serve(t, async (request, response) => {
        const body = await readBody(request)
        const calls = [body].flat()
        if (++exchanges === 1) {
          if (name === 'a limit for some entries') for (const { id } of calls.slice(0, 2)) asked.set(id, 1)
          hasRefused = performance.now()
          return limit(calls, response)
        }
        t.ok(performance.now() - hasRefused > 200, 'after a pause')
        for (const { id } of calls) asked.set(id, (asked.get(id) ?? 0) + 1)
        sendJson(response, Array.isArray(body) ? calls.map(answerTo) : answerTo(body))
      })
      t.strictSame(await sendEchoes(connect(t, url), 4), echoes(4))
      t.strictSame([...asked.values()], [1, 1, 1, 1])
    })
  }
  t.end()
})

t.test('a limit that ends too late for the operation is told at once', async t => {
  let exchanges = 0
  const url = await serve(t, (_request, response) => {
    exchanges += 1
    response.writeHead(429, { 'retry-after': '3600' }).end()
  })
  const providers = createRpcProviders()
  const message = 'did not let all calls through in time: the provider limits this plan'
  await t.rejects(sendEchoes(connect(t, url, providers), 3), new Error(message))
  await t.rejects(sendEchoes(connect(t, url, providers), 3), new Error(message))
  t.equal(exchanges, 1, 'the second client knows it from the first')
})

t.test('a provider that limits, and is silent then, ends in the words of the limit', async t => {
  let exchanges = 0
  const url = await serve(t, (_request, response) => { if (++exchanges === 1) response.writeHead(429).end() })
  const client = createJsonRpcClient({
    field: 'http_url', url, network: 'any', timeoutMs: 5000, operationTimeoutMs: 700
  })
  t.teardown(client.close)
  await t.rejects(
    sendEchoes(client, 1), new Error('did not let all calls through in time: the provider limits this plan')
  )
})

t.test('ids as strings, no version, and packed bodies', async t => {
  for (const [coding, pack] of Object.entries({
    identity: (bytes: Buffer) => bytes,
    gzip: gzipSync,
    'X-GZIP': gzipSync,
    deflate: deflateSync,
    Deflate: deflateRawSync,
    br: brotliCompressSync,
  })) {
    const url = await serve(t, async (request, response) => {
      t.equal(request.headers['accept-encoding'], 'identity')
      const answers = [await readBody(request)].flat().map(({ id, params: [result] }) => ({ id: String(id), result }))
      const bytes = pack(Buffer.from(JSON.stringify(answers.length === 1 ? answers[0] : answers)))
      response.writeHead(200, { 'content-encoding': coding }).end(bytes)
    })
    t.strictSame(await sendEchoes(connect(t, url), 3), echoes(3), coding)
    t.strictSame(await sendEchoes(connect(t, url), 1), echoes(1), coding)
  }
})

t.test('a packed body that unfolds into more than was asked for, or cannot be unpacked', async t => {
  const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, ' '))
  const cases: Array<[Buffer, string]> = [
    [bomb, 'answered with far more data than was asked for'],
    [Buffer.from('1f8b0800', 'hex'), 'answered with something that is not JSON-RPC'],
    [Buffer.alloc(0), 'answered with something that is not JSON-RPC'],
  ]
  for (const [bytes, message] of cases) {
    for (const coding of bytes === bomb ? ['gzip'] : ['gzip', 'deflate', 'br']) {
      const url = await serve(
        t, (_request, response) => response.writeHead(200, { 'content-encoding': coding }).end(bytes)
      )
      await t.rejects(sendEchoes(connect(t, url), 1), new Error(message))
    }
  }
})

t.test('facts about a provider are kept while it is used; the oldest of many is forgotten', async t => {
  const providers = createRpcProviders()
  const used = providers.at('https://used.example/key')
  const unused = providers.at('https://unused.example/key')
  t.equal(providers.at('https://used.example/other').pace, used.pace, 'one pace a host')
  t.not(providers.at('https://used.example/other').batch, used.batch, 'one batch size a URL')
  for (let host = 0; host < 100; host++) {
    providers.at(`https://${host}.example`)
    t.equal(providers.at('https://used.example/key').pace, used.pace)
    t.equal(providers.at('https://used.example/key').batch, used.batch)
  }
  t.not(providers.at('https://unused.example/key').pace, unused.pace)
  t.not(providers.at('https://unused.example/key').batch, unused.batch)
})
