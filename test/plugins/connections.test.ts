import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import { isTls } from '../../src/channel/tls-on-port.js'
import { limits } from '../../src/http/limits.js'
import { build } from '../helper.js'
import { countDescriptors, until } from '../supervisor/real/processes.js'
import { untilClosed } from '../fixtures/sockets.js'

const PAGE_SCRIPT = '/documentation/static/swagger-ui-bundle.js'

/** The connections of TLS have the same rules as plain ones. */
const CHANNELS = ['plain', 'tls'] as const
type Channel = typeof CHANNELS[number]

function test (name: string, check: (t: Test, channel: Channel) => Promise<void>): void {
  for (const channel of CHANNELS) t.test(`${channel}: ${name}`, async t => await check(t, channel))
}

async function listen (
  t: Test, channel: Channel, own: Partial<typeof limits> = {}, variables: NodeJS.ProcessEnv = {}
) {
  const service = await build(t, { limits: { ...limits, ...own }, variables })
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as AddressInfo

  async function open (): Promise<Socket> {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    t.teardown(() => socket.destroy())
    await once(socket, 'connect')
    if (channel === 'plain') return socket
    const secure = connectTls({ socket, rejectUnauthorized: false }).on('error', () => {})
    await new Promise(resolve => secure.once('secureConnect', resolve).once('close', resolve))
    return secure
  }
  return { service, open }
}

async function ask (socket: Socket, key = ''): Promise<string> {
  if (socket.destroyed) return 'closed'
  const answered = new Promise(resolve => socket.once('data', resolve))
  const closed = untilClosed(socket).then(() => 'closed')
  socket.write(`GET /api/getRuntimeConfig HTTP/1.1\r\nhost: x\r\napi-key: ${key}\r\n\r\n`)
  return String(await Promise.race([answered, closed])).slice(0, 12)
}

test(
  'over the cap the oldest connection without the API key makes room: strangers lock nobody out',
  async (t, channel) => {
    const { service, open } = await listen(t, channel, { maxConnections: 3 })
    const key = await service.generateApiKey()
    const [first, owners, third] = [await open(), await open(), await open()]
    t.equal(await ask(owners, key), 'HTTP/1.1 409')
    const closed = untilClosed(first)
    const fourth = await open()
    t.equal(await ask(fourth), 'HTTP/1.1 401')
    await closed
    for (let round = 0; round < 20; round++) t.equal(await ask(await open()), 'HTTP/1.1 401')
    await until('the others are closed', () => third.destroyed && fourth.destroyed)
    t.equal(await ask(owners, key), 'HTTP/1.1 409', 'the one with the key goes on')
    t.equal(await ask(await open(), key), 'HTTP/1.1 409', 'and another gets in')
    t.match(
      service.log.filter(({ msg }) => msg === 'connections over the cap were closed'),
      [{ level: 40, closed: 1, max_connections: 3 }]
    )
  })

t.test('a crowd of plain connections pushes out nobody who is in TLS, and the other way round', async t => {
  const { service, open } = await listen(t, 'tls', { maxConnections: 6 })
  const { port } = service.app.server.address() as AddressInfo
  const key = await service.generateApiKey()
  const plain: Socket[] = []
  const crowd = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      t.teardown(() => socket.destroy())
      await once(socket, 'connect')
      plain.push(socket)
    }
  }
  const [first, second] = [await open(), await open()]
  await crowd(20)
  await until('the plain ones are closed', () => plain.slice(0, 16).every(socket => socket.destroyed))
  t.equal(await ask(first), 'HTTP/1.1 401')
  t.equal(await ask(second, key), 'HTTP/1.1 409', 'the owner may take his time')
  const secure = []
  for (let index = 0; index < 8; index++) secure.push(await open())
  await until('the oldest in TLS is closed', () => first.destroyed)
  t.equal(await ask(second, key), 'HTTP/1.1 409')
  t.equal(await ask(secure.at(-1)!), 'HTTP/1.1 401')
})

test('the newest connection is closed if all have the API key', async (t, channel) => {
  const { service, open } = await listen(t, channel, { maxConnections: 2 })
  const key = await service.generateApiKey()
  const owners = [await open(), await open()]
  for (const owner of owners) t.equal(await ask(owner, key), 'HTTP/1.1 409')
  t.equal(await ask(await open(), key), 'closed')
  for (const owner of owners) t.equal(await ask(owner, key), 'HTTP/1.1 409')
})

test('a client that does not read its answer is sent away', async (t, channel) => {
  const { service, open } = await listen(
    t, channel, { silenceMs: 300 }, { OPERATION_TIMEOUT_MS: '100', RPC_TIMEOUT_MS: '100' }
  )
  const key = await service.generateApiKey()
  const accepted = once(service.app.server, 'connection') as Promise<[Socket]>
  const socket = await open()
  const closed = untilClosed(socket)
  const [served] = await accepted
  const left = untilClosed(served)
  // Exceeds the kernel's buffers. Only the owner may pipeline.
  socket.write(`GET ${PAGE_SCRIPT} HTTP/1.1\r\nhost: x\r\napi-key: ${key}\r\n\r\n`.repeat(16))
  await left
  let received = 0
  socket.on('data', chunk => { received += chunk.length })
  await closed
  t.ok(received < 16_000_000, `${received} bytes`)
})

test(
  'answers that are not read, and their connections, leave no file, follower or descriptor behind',
  async (t, channel) => {
    const { service, open } = await listen(t, channel)
    const key = await service.generateApiKey()
    t.equal((await service.app.inject(PAGE_SCRIPT)).statusCode, 200)
    const before = countDescriptors()
    for (let round = 0; round < 4; round++) {
      const socket = await open()
      const arrived = once(socket, 'data')
      socket.write(
      `GET /api/getGeneratorLogs?follow=true HTTP/1.1\r\nhost: x\r\napi-key: ${key}\r\n\r\n`.repeat(5) +
        `GET ${PAGE_SCRIPT} HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(10)
      )
      t.match(String(await arrived), /^HTTP\/1.1 200/, 'of 16 followers none is left')
      t.ok(countDescriptors() < before + 6, `${countDescriptors()} descriptors, ${before} before`)
      socket.destroy()
      await untilClosed(socket)
      await until('all descriptors are closed', () => countDescriptors() <= before)
    }
  })

test('a client that sends too much before it has an answer is sent away', async (t, channel) => {
  const { service, open } = await listen(t, channel)
  const key = await service.generateApiKey()
  const socket = await open()
  socket.write(`GET /api/getGeneratorLogs?follow=true HTTP/1.1\r\nhost: x\r\napi-key: ${key}\r\n\r\n`.repeat(17))
  socket.resume()
  await untilClosed(socket)
  t.equal((await service.send('GET', '/api/getRuntimeConfig')).statusCode, 409)
})

test('a stranger who pipelines gets the first answer, and the end of the connection', async (t, channel) => {
  const { service, open } = await listen(t, channel)
  const key = await service.generateApiKey()
  t.equal(await answersTo(await open(), 'GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(10)), 1)
  const owners = `GET /api/getRuntimeConfig HTTP/1.1\r\nhost: x\r\napi-key: ${key}\r\n\r\n`.repeat(9)
  const last = 'GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'
  t.equal(await answersTo(await open(), owners + last), 10, 'the owner gets all of them')
})

test('a stranger may send again once he is answered', async (t, channel) => {
  const { open } = await listen(t, channel)
  const socket = await open()
  for (let round = 0; round < 3; round++) t.equal(await ask(socket), 'HTTP/1.1 401')
})

test("the owner's new connection is answered before strangers who asked earlier", async (t, channel) => {
  const { service, open } = await listen(t, channel)
  const key = await service.generateApiKey()
  let accepted = 0
  // A connection of TLS begins as a plain one.
  service.app.server.on('connection', socket => { if (isTls(socket) === (channel === 'tls')) accepted += 1 })
  const strangers = await Promise.all(Array.from({ length: 200 }, open))
  const owners = await open()
  // Node accepts one connection in each turn of the loop.
  await until('all connections are accepted', () => accepted === 201)
  let answered = 0
  const all = Promise.all(strangers.map(async socket => {
    await ask(socket)
    answered += 1
  }))
  t.equal(await ask(owners, key), 'HTTP/1.1 409')
  t.ok(answered < 200, `${answered} strangers were answered before`)
  await all
})

test('strangers who leave before their turn cost no answer', async (t, channel) => {
  const { service, open } = await listen(t, channel)
  const sockets = await Promise.all(Array.from({ length: 50 }, open))
  await Promise.all(sockets.map(async socket => {
    socket.end('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n')
    socket.destroy()
    await untilClosed(socket)
  }))
  t.equal(await ask(await open()), 'HTTP/1.1 401')
  t.equal((await service.app.inject('/health/live')).statusCode, 200)
})

test('a request behind a refused body is not done', async (t, channel) => {
  const { service, open } = await listen(t, channel)
  const key = await service.generateApiKey()
  const socket = await open()
  const refused =
    'PUT /api/updateRuntimeConfig HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'
  const counted = answersTo(
    socket,
    `${refused}POST /api/rotateApiKey HTTP/1.1\r\nhost: x\r\napi-key: ${key}\r\ncontent-length: 0\r\n\r\n`
  )
  t.equal(await counted, 1)
  t.equal((await service.send('GET', '/api/getRuntimeConfig')).statusCode, 409, 'the key is the same')
})

/** Sends it and counts the answers until the service closes the connection. */
async function answersTo (socket: Socket, text: string): Promise<number> {
  let received = ''
  socket.on('data', chunk => { received += chunk })
  socket.write(text)
  await untilClosed(socket)
  return received.split('HTTP/1.1 ').length - 1
}
