import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { build } from '../helper.js'
import { untilClosed } from '../fixtures/sockets.js'

t.test('100 Continue comes only after the API key', async t => {
  const service = await build(t)
  const key = await service.generateApiKey()
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as AddressInfo

  /** Sends the headers, then the body after a 100. Returns all answers until the connection ends. */
  async function send (path: string, headers: string[]): Promise<string> {
    const body = '{}'
    const socket = connect(port, '127.0.0.1')
    socket.write(
      [
        `POST ${path} HTTP/1.1`,
        'host: x',
        'connection: close',
        'expect: 100-continue',
        'content-type: application/json',
        `content-length: ${body.length}`,
        ...headers,
        '',
        '',
      ].join('\r\n')
    )
    let answer = ''
    socket.on('data', chunk => {
      answer += String(chunk)
      if (answer === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write(body)
    })
    await untilClosed(socket)
    return answer
  }

  t.match(await send('/api/signAddress', []), /^HTTP\/1.1 401 API_KEY_MISSING\r\n/)
  t.match(await send('/api/signAddress', ['api-key: wrong']), /^HTTP\/1.1 401 API_KEY_INVALID\r\n/)
  t.match(await send('/api/nothing', []), /^HTTP\/1.1 401 API_KEY_MISSING\r\n/)
  t.match(
    await send('/api/signAddress', [`api-key: ${key}`]),
    /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 400 INVALID_REQUEST\r\n/
  )
  t.match(
    await send('/api/generateApiKey', []),
    /^HTTP\/1.1 409 API_KEY_ALREADY_GENERATED\r\n/,
    'refused without a look at the body'
  )
})

t.test('the name of an unknown field is echoed in part, and printable', async t => {
  const service = await build(t)
  await service.generateApiKey()
  const cases: [unknown, string][] = [
    [{ ['a'.repeat(10_000)]: 1 }, `${'a'.repeat(64)}: is not a known field here, remove it`],
    [
      { 'x\u202ey\u0000\u200b\u0085"\\': 1 },
      'x\\u202ey\\u0000\\u200b\\u0085\\"\\\\: is not a known field here, remove it',
    ],
    [{ ['\u202e'.repeat(30)]: 1 }, `${'\\u202e'.repeat(10)}: is not a known field here, remove it`],
    [{ '\u{e0001}caf\u00e9 \u{1f600}': 1 }, '\\udb40\\udc01caf\u00e9 \u{1f600}: is not a known field here, remove it'],
  ]
  for (const [body, message] of cases) {
    const { statusCode, code, message: said } = (await service.send('PUT', '/api/updateRuntimeConfig', body)).json()
    t.same({ statusCode, code, said }, { statusCode: 400, code: 'INVALID_REQUEST', said: message })
  }
  const { message } = (
    await service.send('PUT', '/api/updateRuntimeConfig', { markets: { ['\u202e'.repeat(100)]: { port: '70000' } } })
  ).json()
  t.match(message, /^markets\/(\\u202e){10}: must be a market id/)
})
