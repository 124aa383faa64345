import t from 'tap'
import { CLIENT_ERRORS, createGeneratorClient, GeneratorClientError } from '../../../operator/client/index.js'
import { freePort } from '../../../tools/demo/free-port.js'
import { startHttpServer, startJsonServer } from '../../fixtures/http-server.js'

t.test('nobody there: no connection, refused, broken off', async t => {
  const port = await freePort()
  const broken = await startHttpServer(t, request => { request.socket.destroy() })
  for (const url of [`http://127.0.0.1:${port}`, `http://localhost:${port}`, broken]) {
    await t.rejects(createGeneratorClient({ url }).getGeneratorStatus(), {
      name: 'GeneratorClientError', code: 'UNREACHABLE', statusCode: null, message: /^No connection to /
    })
  }
  const error = await createGeneratorClient({
    url: `http://operator:secret@127.0.0.1:${port}`
  }).getGeneratorStatus().catch(error => error)
  t.match(error.message, `No connection to 127.0.0.1:${port}: connect ECONNREFUSED`)
  t.notMatch(error.message, 'secret')
  const failing = createGeneratorClient({ url: 'http://host', fetch: async () => { throw new Error('no network') } })
  await t.rejects(failing.getGeneratorStatus(), { code: 'UNREACHABLE', message: 'No connection to host: no network' })
  const addresses = new AggregateError([
    new Error('connect ECONNREFUSED ::1:9'), new Error('connect ECONNREFUSED 127.0.0.1:9')
  ])
  const everywhere = createGeneratorClient({
    url: 'http://host', fetch: async () => { throw new TypeError('fetch failed', { cause: addresses }) }
  })
  await t.rejects(everywhere.getGeneratorStatus(), {
    code: 'UNREACHABLE', message: 'No connection to host: connect ECONNREFUSED ::1:9'
  })
})

t.test('silence ends at timeoutMs, and at the signal', async t => {
  const url = await startHttpServer(t, (request, response) => {
    // Headers and half an answer, or nothing at all.
    if (request.url === '/api/startGenerator') response.writeHead(200).write('{"status":')
  })
  const client = createGeneratorClient({ url, timeoutMs: 100 })
  await t.rejects(client.getGeneratorStatus(), { code: 'TIMEOUT', message: /^No answer within 100 ms from 127/ })
  await t.rejects(client.startGenerator(), { code: 'TIMEOUT' })
  await t.rejects(client.stopGenerator({ timeoutMs: 50 }), { code: 'TIMEOUT', message: /50 ms/ })
  const controller = new AbortController()
  const call = client.getGeneratorStatus({ signal: controller.signal, timeoutMs: 5000 })
  controller.abort(new Error('enough'))
  await t.rejects(call, new Error('enough'))
  await t.rejects(client.getGeneratorStatus({ signal: AbortSignal.abort() }), { name: 'AbortError' })
})

t.test('an answer of another server does not count as the service\'s', async t => {
  const status = async (url: string) => await createGeneratorClient({ url }).getGeneratorStatus()
  const html = await startHttpServer(t, (_request, response) => { response.end('<html>') })
  await t.rejects(status(html), { code: 'ANSWER_INVALID', statusCode: 200, message: /not one of generator-client/ })
  for (const body of [
    {}, null, [], { status: 'error' }, { status: 'success', message: 'm', data: 'd', process: { name: 1 } }
  ]) {
    await t.rejects(status(await startJsonServer(t, 200, body)), { code: 'ANSWER_INVALID', statusCode: 200 })
  }
  await t.rejects(
    status(await startJsonServer(t, 502, { error: 'Bad Gateway' })), { code: 'ANSWER_INVALID', statusCode: 502 }
  )
  const later = { status: 'error', statusCode: 418, code: 'OF_A_LATER_VERSION', message: 'm', data: [1] }
  await t.rejects(status(await startJsonServer(t, 418, later)), {
    code: 'OF_A_LATER_VERSION', statusCode: 418, message: 'm', data: [1]
  })
})

t.test('a redirect does not take the key anywhere', async t => {
  const keys: unknown[] = []
  const thief = await startHttpServer(t, (request, response) => {
    keys.push(request.headers['api-key'])
    response.end('{}')
  })
  const url = await startHttpServer(t, (_request, response) => { response.writeHead(307, { location: thief }).end() })
  await t.rejects(createGeneratorClient({ url, apiKey: 'key' }).getGeneratorStatus(), { code: 'UNREACHABLE' })
  t.same(keys, [])
})

t.test('every code of the client has a meaning', async t => {
  t.ok(Object.values(CLIENT_ERRORS).every(meaning => meaning.endsWith('.')))
  t.match(new GeneratorClientError('TIMEOUT', 'm'), { name: 'GeneratorClientError', statusCode: null, data: null })
})
