import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createJsonRpcClient, type JsonRpcClient, type RpcOutcome } from '../../src/chain/rpc/json-rpc.js'
import { VERSION } from '../../src/version.js'
import { readBody, sendJson, serve, serveRpc, type RpcRequest } from './servers.js'

function connect (t: Test, url: string): JsonRpcClient {
  const client = createJsonRpcClient({ field: 'http_url', url, network: 'any', timeoutMs: 5000 })
  t.teardown(() => client.close())
  return client
}

/** Calls `echo` with its index as the only parameter. */
function sendEchoes (client: JsonRpcClient, count: number): Promise<RpcOutcome[]> {
  return client.send({ count, callAt: index => ({ method: 'echo', params: [index] }) })
}

function echoes (count: number): RpcOutcome[] {
  return Array.from({ length: count }, (_, result) => ({ result }))
}

const echo = ({ params }: RpcRequest) => ({ result: params[0] })
const answerTo = (request: RpcRequest) => ({ jsonrpc: '2.0', id: request.id, ...echo(request) })

t.test('batches of at most 100 calls, outcomes in the order of the calls', async t => {
  const sizes: number[] = []
  const client = connect(t, await serve(t, async (request, response) => {
    const batch = await readBody(request) as RpcRequest[]
    sizes.push(batch.length)
    sendJson(response, batch.map(answerTo).reverse())
  }))
  t.strictSame(await sendEchoes(client, 250), echoes(250))
  t.strictSame(sizes.sort((a, b) => a - b), [50, 100, 100])
  t.strictSame(await sendEchoes(client, 0), [])
  t.equal(sizes.length, 3, 'no calls, no exchange')
})

t.test('answers are asked for as they are', async t => {
  let headers: object = {}
  const client = connect(t, await serve(t, async (request, response) => {
    headers = request.headers
    sendJson(response, (await readBody(request) as RpcRequest[]).map(answerTo))
  }))
  await sendEchoes(client, 2)
  t.match(headers, {
    'accept-encoding': 'identity',
    'content-type': 'application/json',
    accept: 'application/json',
    'user-agent': `generator-client/${VERSION}`,
  })
})

t.test('errors of single calls are outcomes', async t => {
  const client = connect(
    t,
    await serveRpc(t, ({ id }) => id === 1 ? { error: { code: 3, message: 'reverted', data: '0x' } } : { result: null })
  )
  t.strictSame(await sendEchoes(client, 2), [{ result: null }, { error: { code: 3, message: 'reverted' } }])
})

t.test('single calls where batches are refused, at most 32 at once', async t => {
  const held: Array<() => void> = []
  let most = 0
  const client = connect(t, await serve(t, async (request, response) => {
    const body = await readBody(request)
    if (Array.isArray(body)) return sendJson(response, { message: 'no batches here' }, 400)
    if (body.params[0] === 'first') return sendJson(response, answerTo(body))
    most = Math.max(most, held.push(() => sendJson(response, answerTo(body))))
    if (held.length === 32) for (const answer of held.splice(0)) answer()
  }))
  await client.send({ count: 2, callAt: () => ({ method: 'echo', params: ['first'] }) })
  t.strictSame(await sendEchoes(client, 96), echoes(96))
  t.equal(most, 32)
})

const GOOD = { jsonrpc: '2.0', id: 0, result: 0 }
const NOT_JSON_RPC = 'answered with something that is not JSON-RPC'
const NONSENSE: Array<[string, (response: Parameters<typeof sendJson>[0]) => void, string]> = [
  ['HTML', response => response.end('<html>secret-canary</html>'), NOT_JSON_RPC],
  ['nothing', response => response.end(), NOT_JSON_RPC],
  ['a string', response => sendJson(response, 'hello'), NOT_JSON_RPC],
  ['a number of answers that is too small', response => sendJson(response, []), NOT_JSON_RPC],
  ['a wrong id', response => sendJson(response, { ...GOOD, id: 7 }), NOT_JSON_RPC],
  ['no id', response => sendJson(response, { ...GOOD, id: null }), NOT_JSON_RPC],
  ['an array for a single call', response => sendJson(response, [GOOD]), NOT_JSON_RPC],
  ['another version', response => sendJson(response, { ...GOOD, jsonrpc: '1.0' }), NOT_JSON_RPC],
  ['neither result nor error', response => sendJson(response, { jsonrpc: '2.0', id: 0 }), NOT_JSON_RPC],
  [
    'an error without a code',
    response => sendJson(response, { jsonrpc: '2.0', id: 0, error: { message: 'secret-canary' } }),
    NOT_JSON_RPC,
  ],
  [
    'an error of another form',
    response => sendJson(response, { jsonrpc: '2.0', id: 0, error: 'secret-canary' }),
    NOT_JSON_RPC,
  ],
  ['answers that are no objects', response => sendJson(response, [null]), NOT_JSON_RPC],
  [
    'compressed content',
    response => response.writeHead(200, { 'content-encoding': 'gzip' }).end(Buffer.from('1f8b0800', 'hex')),
    NOT_JSON_RPC,
  ],
  ['no content', response => response.writeHead(204).end(), 'answered with HTTP status 204'],
  ['503 without Retry-After', response => sendJson(response, {}, 503), 'answered with HTTP status 503'],
  [
    'a redirect',
    response => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
    'redirects elsewhere, which is not followed',
  ],
  [
    'more than the limit',
    response => response.end(Buffer.alloc(70_000, ' ')),
    'answered with far more data than was asked for',
  ],
  [
    'headers without end',
    response => response.writeHead(200, { 'x-long': 'x'.repeat(64 * 1024) }).end(),
    'could not be reached (UND_ERR_HEADERS_OVERFLOW)',
  ],
  [
    'a broken connection',
    response => response.writeHead(200).write('[', () => response.destroy()),
    'could not be reached (ECONNRESET)',
  ],
]
for (const [name, respond, message] of NONSENSE) {
  t.test(`nonsense: ${name}`, async t => {
    let exchanges = 0
    const client = connect(t, await serve(t, (_request, response) => {
      exchanges++
      respond(response)
    }))
    await t.rejects(sendEchoes(client, 1), new Error(message))
    t.equal(exchanges, 1)
  })
}

t.test('a long answer to a batch of 100 is read', async t => {
  const client = connect(t, await serveRpc(t, () => ({ result: 'x'.repeat(2000) })))
  t.equal((await sendEchoes(client, 100)).length, 100)
})

t.test('a batch with too many answers, or with wrong ids, is nonsense', async t => {
  for (const answers of [[GOOD, { ...GOOD, id: 1 }, { ...GOOD, id: 2 }], [GOOD, { ...GOOD, id: 7 }], 'hello']) {
    let exchanges = 0
    const client = connect(t, await serve(t, (_request, response) => {
      exchanges++
      sendJson(response, answers)
    }))
    await t.rejects(sendEchoes(client, 2), new Error(NOT_JSON_RPC))
    t.equal(exchanges, 1)
  }
})

t.test('an error without an id answers a single call', async t => {
  const error = { code: -32700, message: 'Parse error' }
  const client = connect(
    t, await serve(t, (_request, response) => sendJson(response, { jsonrpc: '2.0', id: null, error }))
  )
  t.strictSame(await sendEchoes(client, 1), [{ error }])
})

t.test('the first failure ends the rest', async t => {
  const held: Array<() => void> = []
  let exchanges = 0
  const url = await serve(t, async (request, response) => {
    const batch = await readBody(request) as RpcRequest[]
    exchanges++
    held.push(() => sendJson(response, batch.map(answerTo)))
    if (held.length === 10) sendJson(response, 'hello')
  })
  const client = createJsonRpcClient({
    field: 'http_url', url, network: 'any', timeoutMs: 1500, operationTimeoutMs: 5000
  })
  t.teardown(client.close)
  await t.rejects(sendEchoes(client, 5000), new Error(NOT_JSON_RPC))
  for (const answer of held.slice(0, 9)) answer()
  // Their answers have been read by then, for they were sent before.
  await t.rejects(
    client.send({ count: 2, callAt: () => ({ method: 'echo', params: [] }) }), new Error('did not answer in time')
  )
  t.equal(exchanges, 11)
})

t.test('each exchange has its time, all together theirs, and close ends what is under way', async t => {
  const url = await serve(t, () => { /* silent */ })
  const hasty = createJsonRpcClient({ field: 'http_url', url, network: 'any', timeoutMs: 100 })
  await t.rejects(sendEchoes(hasty, 1), new Error('did not answer in time'))
  await t.rejects(sendEchoes(hasty, 1), new Error('did not answer in time'))
  hasty.close()

  const short = createJsonRpcClient({
    field: 'http_url', url, network: 'any', timeoutMs: 5000, operationTimeoutMs: 100
  })
  await t.rejects(sendEchoes(short, 1), new Error('did not answer in time'))
  await t.rejects(sendEchoes(short, 1), new Error('did not answer in time'))

  const closing = connect(t, url)
  const sent = sendEchoes(closing, 1)
  closing.close()
  await t.rejects(sent, new Error('did not answer in time'))
})

/** Answers one request on each connection, keeps the connection, and resets it when the next request comes. */
async function serveOncePerConnection (t: Test): Promise<{ url: string, connections: () => number }> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => {}).once('data', () => {
      const body = JSON.stringify(GOOD)
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
      socket.once('data', () => socket.resetAndDestroy())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => sockets.size }
}

t.test('a kept connection that the endpoint closes is replaced by a fresh one', async t => {
  const { url, connections } = await serveOncePerConnection(t)
  const client = connect(t, url)
  t.strictSame(await sendEchoes(client, 1), [{ result: 0 }])
  t.strictSame(await sendEchoes(client, 1), [{ result: 0 }])
  t.equal(connections(), 2)
})
