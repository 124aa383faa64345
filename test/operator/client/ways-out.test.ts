import { once } from 'node:events'
import { createServer } from 'node:http'
import t from 'tap'
import { createGeneratorClient } from '../../../operator/client/index.js'
import { defaultFetch } from '../../../operator/client/transport/http.js'
import { startHttpServer } from '../../fixtures/http-server.js'

/** Ports that fetch refuses to call. */
const PORTS_FETCH_REFUSES = [6000, 6566, 6665, 6666, 6667, 6668, 6669, 6697, 10080]

t.test('ports that fetch refuses', async t => {
  for (const port of PORTS_FETCH_REFUSES) {
    const server = createServer().listen(port, '127.0.0.1')
    const [error] = await Promise.race([once(server, 'listening'), once(server, 'error')])
    if (error !== undefined) continue
    t.teardown(() => {
      server.close()
      server.closeAllConnections()
    })
    server.on('request', (_request, response) => { response.writeHead(204).end() })
    await t.rejects(
      createGeneratorClient({ url: `http://127.0.0.1:${port}` }).getGeneratorStatus(),
      { code: 'ANSWER_INVALID', statusCode: 204 }
    )
    return
  }
  t.fail('every one of these ports is taken')
})

t.test('statuses that are no answer', async t => {
  for (const [status, message] of [
    [101, /HTTP status 101 is no answer/], [302, /a redirect, which is not followed/]
  ] as const) {
    const url = await startHttpServer(t, ({ socket }) => {
      socket.write(
        `HTTP/1.1 ${status} X\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n`
      )
    })
    await t.rejects(
      createGeneratorClient({ url }).getGeneratorStatus(), { code: 'UNREACHABLE', message }, String(status)
    )
  }
})

t.test('a fetch that is given is the one that is used', async t => {
  const asked: string[] = []
  const client = createGeneratorClient({
    url: 'http://service.example',
    fetch: async (url, { method, headers }) => {
      asked.push(`${method} ${url} ${headers['accept']}`)
      return new Response('{}', { status: 502 })
    },
  })
  await t.rejects(client.getGeneratorStatus(), { code: 'ANSWER_INVALID', statusCode: 502 })
  t.strictSame(asked, ['GET http://service.example/api/getGeneratorStatus application/json'])
})

t.test('the client uses the global fetch outside Node', async t => {
  const asked: unknown[] = []
  const { fetch, process } = globalThis
  t.teardown(() => { globalThis.fetch = fetch })
  globalThis.fetch = async (...call) => {
    asked.push(call)
    return new Response('{}')
  }
  const url = new URL('http://service.example/api/getGeneratorStatus')
  const request = { method: 'GET', headers: {}, signal: AbortSignal.timeout(5000), redirect: 'error' } as const
  // Holds only while the call begins, because tap needs the process itself.
  Object.assign(globalThis, { process: undefined })
  const answer = defaultFetch(url, request)
  Object.assign(globalThis, { process })
  t.equal((await answer).status, 200)
  t.strictSame(asked, [[url, request]])
})
