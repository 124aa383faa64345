import { connect } from 'node:net'
import t from 'tap'
import { startService } from '../service-process.js'
import { untilClosed } from '../fixtures/sockets.js'

/**
 * Node looks for late connections once a second. It gives kept connections another second, and the machine may be busy.
 */
const LATE_MS = 4000
const DRIP_MS = 200

const service = await startService(t, { folder: t.testdir(), isMeasured: true })
const key = (await service.call('POST', '/api/generateApiKey')).body['data']
service.setApiKey(key)

const CASES = [
  { name: 'a connection that says nothing', sent: '', drip: '', status: 408, limitMs: 5000 },
  {
    name: 'headers that never end',
    sent: 'GET /api/getGeneratorStatus HTTP/1.1\r\nhost: x\r\n',
    drip: 'a: b\r\n',
    status: 408,
    limitMs: 5000,
  },
  {
    name: 'a body that never ends',
    sent: `POST /api/signAddress HTTP/1.1\r\nhost: x\r\napi-key: ${key}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n`,
    drip: ' ',
    status: 408,
    limitMs: 10_000,
  },
  {
    name: 'a connection kept open after its answer',
    sent: 'GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n',
    drip: '',
    status: 200,
    limitMs: 5000,
  },
]

t.test('the real service ends each connection in its time', async t => {
  await Promise.all(CASES.map(async ({ name, sent, drip, status, limitMs }) => {
    const { answer, ms } = await exchange(sent, drip)
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    t.match(head, `HTTP/1.1 ${status} `, name)
    t.match(head, status === 408 ? /connection: close/i : /keep-alive: timeout=5$/im, name)
    t.match(
      JSON.parse(body),
      status === 408
        ? {
            status: 'error', statusCode: 408, code: 'REQUEST_TIMEOUT', data: null
          }
        : { status: 'success' },
      name
    )
    t.ok(ms >= limitMs && ms < limitMs + LATE_MS, `${name}: after ${Math.round(ms)} ms`)
  }))
  t.equal((await service.call('GET', '/api/getGeneratorStatus')).status, 200, 'and goes on')
})

/**
 * Returns the answer to `sent`, and how long it takes until the service ends the connection. Bytes keep dripping in
 * meanwhile.
 */
async function exchange (sent: string, drip: string) {
  const begun = performance.now()
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('data', data => { answer += data })
  // A drop may cross the end of the connection.
  const closed = untilClosed(socket)
  socket.write(sent)
  const timer = setInterval(() => { if (drip !== '') socket.write(drip) }, DRIP_MS)
  await closed
  clearInterval(timer)
  return { answer, ms: performance.now() - begun }
}
