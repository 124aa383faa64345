import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { build } from '../helper.js'
import { untilClosed } from '../fixtures/sockets.js'

t.test('a request that Fastify cannot answer gets the envelope, too', async t => {
  const { app } = await build(t)
  await app.listen({ port: 0 })
  const { port } = app.server.address() as AddressInfo

  async function answerTo (text: string) {
    const socket = connect(port)
    let answer = ''
    socket.setEncoding('latin1').on('data', data => { answer += data })
    socket.write(text)
    await untilClosed(socket)
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    return { head: head.toLowerCase(), body: JSON.parse(body) }
  }

  const cases: [string, string, number, string][] = [
    ['not HTTP', 'hello\r\n\r\n', 400, 'HTTP_MALFORMED'],
    ['an unknown method', 'FOO /api/getGeneratorStatus HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'HTTP_MALFORMED'],
    [
      'two lengths',
      'POST /api/stopGenerator HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      400,
      'HTTP_MALFORMED',
    ],
    [
      'a URL that cannot be decoded',
      'GET /api/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      400,
      'HTTP_MALFORMED',
    ],
    ['large headers', `GET /api/x HTTP/1.1\r\nHost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
    [
      'another expectation',
      'GET /api/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: tea\r\n\r\n',
      417,
      'EXPECTATION_FAILED',
    ],
    ['another version', 'GET /api/x HTTP/2.0\r\nHost: x\r\nConnection: close\r\n\r\n', 400, 'HTTP_MALFORMED'],
    ['no Host', 'GET /api/getGeneratorStatus HTTP/1.1\r\nConnection: close\r\n\r\n', 401, 'API_KEY_NOT_GENERATED'],
  ]
  for (const [name, text, statusCode, code] of cases) {
    const { head, body } = await answerTo(text)
    t.match(head, `http/1.1 ${statusCode} `, name)
    t.match(head, 'cache-control: no-store', name)
    t.match(head, 'content-type: application/json; charset=utf-8', name)
    t.match(head, 'connection: close', name)
    t.same(body, { status: 'error', statusCode, code, message: body.message, data: null }, name)
    t.type(body.message, 'string', name)
  }
})

t.test('a good request before a malformed one is answered first', async t => {
  const { app } = await build(t)
  await app.listen({ port: 0 })
  const socket = connect((app.server.address() as AddressInfo).port)
  let answers = ''
  socket.setEncoding('latin1').on('data', data => { answers += data })
  socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\nhello\r\n\r\n')
  await untilClosed(socket)
  t.match(answers, /^HTTP\/1.1 200 [^]*"HTTP_MALFORMED"/)
})

t.test('a connection that its client has reset gets no answer', async t => {
  const { app } = await build(t)
  await app.listen({ port: 0 })
  const failed = once(app.server, 'clientError')
  const socket = connect((app.server.address() as AddressInfo).port)
  await once(socket, 'connect')
  socket.write('POST /api/stopGenerator HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n')
  socket.resetAndDestroy()
  const [{ code }] = await failed
  t.equal(code, 'ECONNRESET')
})
