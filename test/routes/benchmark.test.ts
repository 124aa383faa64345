import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import t, { type Test } from 'tap'
import { setup } from '../fixtures/configuration.js'
import { build } from '../helper.js'

const HASH_MARKET = `0x${'ab'.repeat(32)}`
/** Ports that fetch refuses to call. Most examples use one of them. */
const PORTS_FETCH_REFUSES = [6000, 6566, 6665, 6666, 6667, 6668, 6669, 6697, 10080]

async function listen (t: Test, listener: RequestListener): Promise<number> {
  return await listenOn(t, createServer(listener), 0)
}

async function listenOn (t: Test, server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

/** Asks the service for a benchmark of `market`, whose generator listens on `port`. */
async function buildAsker (t: Test, timeoutMs = 9000) {
  const { send, generateApiKey } = await build(t, { variables: { OPERATION_TIMEOUT_MS: String(timeoutMs) } })
  await generateApiKey()
  await send('POST', '/api/generatorConfigSetup', setup)
  return async (port: number | string, {
    market = '7', query = `?market_id=${market}`
  }: { market?: string, query?: string } = {}) => {
    const update = { markets: { [market]: { port, ivs_url: 'http://ivs.example' } } }
    t.equal((await send('PUT', '/api/updateRuntimeConfig', update)).statusCode, 200)
    return (await send('GET', `/api/benchmark${query}`)).json()
  }
}

t.test('both generations of answers', async t => {
  const answers = [
    [{ message: 'Proof generated', data: '8725' }, 8725],
    [{ data: 'Success', time_in_ms: 31 }, 31],
    [{ data: 'Success', time_in_ms: 0 }, 0],
  ] as const
  const ask = await buildAsker(t)
  for (const [answer, milliseconds] of answers) {
    const asked: (string | undefined)[] = []
    const port = await listen(t, (request, response) => {
      asked.push(`${request.method} ${request.url}`)
      response.end(JSON.stringify(answer))
    })
    t.strictSame(await ask(String(port)), {
      status: 'success', message: `Proof generated in ${milliseconds}ms`, data: { time_in_ms: milliseconds }
    })
    t.strictSame(asked, ['GET /api/benchmark'])
  }
})

t.test('a market of the first generation, in any letter case', async t => {
  const port = await listen(t, (_request, response) => response.end('{"time_in_ms":5}'))
  const ask = await buildAsker(t)
  t.match(
    await ask(port, { market: HASH_MARKET, query: `?market_id=${HASH_MARKET.replaceAll('ab', 'AB')}` }),
    { message: 'Proof generated in 5ms' }
  )
})

t.test('ports that browsers do not call', async t => {
  const server = createServer((_request, response) => response.end('{"time_in_ms":5}'))
  const ask = await buildAsker(t)
  for (const port of PORTS_FETCH_REFUSES) {
    const listening = await listenOn(t, server, port).catch(() => null)
    if (listening === null) continue
    t.match(await ask(port), { message: 'Proof generated in 5ms' }, String(port))
    return
  }
  t.fail('every one of these ports is taken')
})

t.test('the choice of the market', async t => {
  const ask = await buildAsker(t)
  t.strictSame(await ask(1, { query: '?market_id=8' }), {
    status: 'error',
    statusCode: 404,
    code: 'MARKET_NOT_FOUND',
    message: 'market_id: 8 is not in markets of the runtime config, add it with updateRuntimeConfig',
    data: { field: 'market_id' },
  })
  t.match(
    await ask(1, { query: '' }),
    { statusCode: 502, code: 'GENERATOR_UNAVAILABLE' },
    'without market_id: the only market'
  )
  for (const query of ['?market_id=', '?market_id=seven', '?market_id=__proto__', '?market_id=7&market_id=8']) {
    t.match(
      await ask(1, { query }),
      { statusCode: 400, code: 'INVALID_REQUEST', message: /^market_id: /, data: { field: 'market_id' } },
      query
    )
  }
  t.match(await ask(1, { query: '?market_id=7&port=22' }), {
    statusCode: 400, code: 'INVALID_REQUEST', data: { field: 'port' }
  })
})

t.test('there is no configuration', async t => {
  const service = await build(t)
  await service.generateApiKey()
  t.match(
    (await service.send('GET', '/api/benchmark?market_id=7')).json(), { statusCode: 409, code: 'CONFIG_NOT_FOUND' }
  )
})

t.test('a generator that is not there, or answers nonsense', async t => {
  const elsewhere = await listen(t, () => t.fail('a redirect was followed'))
  const nonsense: RequestListener[] = [
    (_request, response) => response.end('<html>'),
    (_request, response) => response.end('null'),
    (_request, response) => response.end('{"data":"Success"}'),
    (_request, response) => response.end('{"time_in_ms":-1}'),
    (_request, response) => response.end('{"time_in_ms":1e300}'),
    (_request, response) => response.end(`{"time_in_ms":5,"padding":"${'x'.repeat(64 * 1024)}"}`),
    (_request, response) => response.writeHead(500).end('{"time_in_ms":5}'),
    (_request, response) => response.writeHead(302, {
      location: `http://127.0.0.1:${elsewhere}/`
    }).end('{"time_in_ms":5}'),
  ]
  const ask = await buildAsker(t)
  for (const listener of nonsense) {
    const port = await listen(t, listener)
    t.strictSame(await ask(port), {
      status: 'error',
      statusCode: 502,
      code: 'GENERATOR_UNAVAILABLE',
      message: `The generator did not make a benchmark on 127.0.0.1:${port} (not the answer to a benchmark): start it, and check the market's port in the runtime config`,
      data: null,
    })
  }
  t.match(await ask(1), { statusCode: 502, code: 'GENERATOR_UNAVAILABLE', message: /\(ECONNREFUSED\)/ })
  // A socket that ends with unread bytes resets the connection.
  const babbling = createSocketServer(socket => {
    socket.on('error', () => {}).once('data', () => socket.end('SSH-2.0-OpenSSH\r\n'))
  }).listen(0, '127.0.0.1')
  await once(babbling, 'listening')
  t.teardown(() => babbling.close())
  t.match(await ask((babbling.address() as AddressInfo).port), {
    statusCode: 502, code: 'GENERATOR_UNAVAILABLE', message: /\(HTTPParserError\)/
  })
})

t.test('statuses that are no answer end at once', async t => {
  const ask = await buildAsker(t, 60_000)
  const statuses: Array<[head: string, reason: string]> = [
    ['101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade', 'HTTP status 101'],
    ['101 Switching Protocols', 'HTTP status 101'],
    ['100 Continue', 'HTTP status 100'],
    ['103 Early Hints', 'HTTP status 103'],
    ['204 No Content', 'not the answer to a benchmark'],
    ['205 Reset Content', 'not the answer to a benchmark'],
  ]
  for (const [head, reason] of statuses) {
    const server = createSocketServer(socket => socket.on('error', () => {}).once(
      'data', () => socket.write(`HTTP/1.1 ${head}\r\n\r\n`)
    )).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    t.strictSame(await ask(port), {
      status: 'error',
      statusCode: 502,
      code: 'GENERATOR_UNAVAILABLE',
      message: `The generator did not make a benchmark on 127.0.0.1:${port} (${reason}): start it, and check the market's port in the runtime config`,
      data: null,
    })
    // Resolves as soon as no connection is left.
    await new Promise(resolve => server.close(resolve))
  }
})

t.test('a generator that takes too long, silent or dripping', async t => {
  const slow: RequestListener[] = [
    () => {},
    (_request, response) => {
      const drip = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(drip))
    },
  ]
  const ask = await buildAsker(t, 500)
  for (const listener of slow) {
    const port = await listen(t, listener)
    t.strictSame(await ask(port), {
      status: 'error',
      statusCode: 504,
      code: 'GENERATOR_TIMEOUT',
      message: `The generator on 127.0.0.1:${port} did not finish its benchmark within 500 ms: raise OPERATION_TIMEOUT_MS if its proofs take longer`,
      data: null,
    })
  }
})
