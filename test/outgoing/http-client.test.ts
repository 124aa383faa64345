import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { codeOf } from '../../src/outgoing/errors.js'
import { createHttpClient } from '../../src/outgoing/http-client.js'

const TIMEOUT_MS = 1500
const LIMIT_BYTES = 100

// The first request loads it otherwise, and its time would count.
await import('undici')

/** Answers each connection's first bytes, and reports when the connection is closed. */
async function serveRaw (t: Test, answer: (socket: Socket) => void) {
  const open = new Set<Socket>()
  let connections = 0
  const server = createServer(socket => {
    open.add(socket)
    connections += 1
    socket.on('error', () => {}).on('close', () => { open.delete(socket) }).once('data', () => answer(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const untilClosed = async () => await Promise.all([
    ...open
  ].map(async socket => await new Promise(resolve => socket.once('close', resolve))))
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/path?query`),
    untilClosed,
    connections: () => connections,
  }
}

/** Writes the text again and again until the connection is closed. */
const again = (first: string, text: string) => (socket: Socket) => {
  socket.write(first)
  const timer = setInterval(() => socket.write(text), 1)
  socket.on('close', () => clearInterval(timer))
}
const write = (text: string) => (socket: Socket) => { socket.write(text) }
const end = (text: string) => (socket: Socket) => { socket.end(text) }

const LATE = 'ABORT_ERR'
/** Each row has the sent bytes, and the status with the body, or the code of the error. */
const ANSWERS: Record<string, [answer: (socket: Socket) => void, status: number | string, body?: string]> = {
  'a length': [write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'), 200, '{}'],
  'chunks with trailers': [
    write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x\r\n\r\n2\r\n{}\r\n0\r\nx: y\r\n\r\n'), 200, '{}'
  ],
  'no length, up to the end of the connection': [end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}'), 200, '{}'],
  'HTTP/1.0': [end('HTTP/1.0 200 OK\r\n\r\n{}'), 200, '{}'],
  'a redirect': [
    write('HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n'), 307, ''
  ],
  204: [write('HTTP/1.1 204 No Content\r\n\r\n'), 204, ''],
  205: [write('HTTP/1.1 205 Reset Content\r\n\r\n'), 205, ''],
  304: [write('HTTP/1.1 304 Not Modified\r\n\r\n'), 304, ''],
  100: [write('HTTP/1.1 100 Continue\r\n\r\n'), 'INFORMATIONAL_ANSWER'],
  101: [write('HTTP/1.1 101 Switching Protocols\r\n\r\n'), 'INFORMATIONAL_ANSWER'],
  '101 to a websocket': [
    write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'),
    'INFORMATIONAL_ANSWER',
  ],
  102: [write('HTTP/1.1 102 Processing\r\n\r\n'), 'INFORMATIONAL_ANSWER'],
  '103 and an answer': [
    write('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'), 'INFORMATIONAL_ANSWER'
  ],
  'a flood of 100': [again('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000)), 'INFORMATIONAL_ANSWER'],
  'a flood of 103': [again('', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000)), 'INFORMATIONAL_ANSWER'],
  'a status that does not exist': [write('HTTP/1.1 042 Answer\r\n\r\n'), 'INFORMATIONAL_ANSWER'],
  'no HTTP': [end('SSH-2.0-OpenSSH\r\n'), 'HTTPParserError'],
  'HTTP/0.9': [end('<html></html>'), 'HTTPParserError'],
  'headers without end': [again('HTTP/1.1 200 OK\r\n', 'x: y\r\n'), LATE],
  'headers that are too long': [again('HTTP/1.1 200 OK\r\n', `x: ${'y'.repeat(4096)}\r\n`), 'UND_ERR_HEADERS_OVERFLOW'],
  'trailers without end': [
    again('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n', 'x: y\r\n'), LATE
  ],
  'a body that drips': [again('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '0'), LATE],
  'a length that is too large': [write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}'), LATE],
  'a length that is too large, and the end': [end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}'), 'ECONNRESET'],
  'a length that is too small': [end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{}'), 200, '{'],
  'two lengths': [
    end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}'), 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'
  ],
  'nothing but the end': [end(''), 'ECONNRESET'],
  silence: [() => {}, LATE],
  'more than the limit': [
    again('HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\n', ' '.repeat(1000)), 'ANSWER_TOO_LONG'
  ],
}

for (const [name, [answer, status, body]] of Object.entries(ANSWERS)) {
  t.test(`an answer that is ${name}`, async t => {
    const { url, untilClosed } = await serveRaw(t, answer)
    const client = createHttpClient()
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const sent = client.exchange({ method: 'POST', url, body: '{}', signal, limitBytes: LIMIT_BYTES })
    if (typeof status === 'number') {
      const found = await sent
      t.strictSame([found.status, found.body.toString()], [status, body])
    } else {
      const error = await sent.catch((error: unknown) => error)
      t.equal(signal.aborted ? LATE : codeOf(error), status)
      t.equal(signal.aborted, status === LATE, 'others end at once')
      await untilClosed()
    }
    await client.close()
    await untilClosed()
  })
}

t.test('a connection is kept, and after the close none is made', async t => {
  const { url, connections } = await serveRaw(t, socket => {
    const answer = () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
    answer()
    socket.on('data', answer)
  })
  const client = createHttpClient()
  const ask = async () => await client.exchange({
    method: 'GET', url, signal: AbortSignal.timeout(5000), limitBytes: LIMIT_BYTES
  })
  await ask()
  await ask()
  t.equal(connections(), 1)
  await client.close()
  await t.rejects(ask(), new Error('the HTTP client is closed'))
  await createHttpClient().close()
})
