import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls, type ConnectionOptions, type SecureContext, type TLSSocket } from 'node:tls'
import type { ConnectionError } from 'fastify'
import t, { type Test } from 'tap'
import { createChannel } from '../../src/channel/channel.js'
import { createTlsOnPort, isClientHello } from '../../src/channel/tls-on-port.js'
import { createEnclaveKey } from '../../src/enclave/enclave-key.js'
import { randomSecret } from '../../src/enclave/secret.js'
import { untilClosed } from '../fixtures/sockets.js'
import { build } from '../helper.js'
import { startService } from '../service-process.js'

const ALIVE = 'GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'

async function listen (t: Test, variables: NodeJS.ProcessEnv = {}): Promise<Server> {
  const { app } = await build(t, { variables })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server
}

function portOf (server: Server): number {
  return (server.address() as AddressInfo).port
}

async function open (t: Test, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

async function openTls (port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  await once(socket, 'secureConnect')
  return socket
}

/** Sends it and returns all that comes until the end. */
async function exchange (socket: Socket, ...parts: (string | Buffer)[]): Promise<string> {
  let received = ''
  socket.on('data', chunk => { received += chunk })
  const closed = untilClosed(socket)
  for (const part of parts) {
    // Each part leaves in a packet of its own.
    await new Promise(resolve => socket.setNoDelay(true).write(part, resolve))
    await new Promise(setImmediate)
  }
  await closed
  return received
}

t.test('TLS 1.3 with HTTP/1.1 and nothing else, without resumption', async t => {
  const port = portOf(await listen(t))
  const socket = await openTls(port, { ALPNProtocols: ['h2', 'http/1.1'] })
  t.equal(socket.getProtocol(), 'TLSv1.3')
  t.equal(socket.alpnProtocol, 'http/1.1')
  const sessions: Buffer[] = []
  socket.on('session', session => sessions.push(session))
  t.match(await exchange(socket, ALIVE), /^HTTP\/1.1 200 OK/)
  for (const session of sessions) {
    const again = await openTls(port, { session })
    t.notOk(again.isSessionReused())
    again.destroy()
  }
  await t.rejects(openTls(port, { maxVersion: 'TLSv1.2' }), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
  await t.rejects(openTls(port, { ALPNProtocols: ['h2'] }), { code: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL' })
})

t.test('a greeting in pieces is put together', async t => {
  const port = portOf(await listen(t))
  const hello = await greetingOf()
  for (const cut of [1, 2, 5, hello.length - 1]) {
    const socket = await open(t, port)
    socket.once('data', chunk => {
      t.equal(chunk[0], 0x16, `a server greeting after a cut at ${cut}`)
      socket.destroy()
    })
    await exchange(socket, hello.subarray(0, cut), hello.subarray(cut))
  }
})

t.test('what is no TLS after all, or leaves in between, costs its own connection only', async t => {
  const port = portOf(await listen(t))
  const hello = await greetingOf()
  const garbage = [Buffer.of(0x16), Buffer.alloc(20_000, 0x16), hello.subarray(0, 60), Buffer.concat([hello, hello])]
  for (const bytes of garbage) {
    const socket = await open(t, port)
    socket.end(bytes)
    await untilClosed(socket.resume())
    const gone = await open(t, port)
    gone.write(bytes)
    gone.resetAndDestroy()
  }
  t.match(await exchange(await openTls(port), ALIVE), /200 OK/)
})

t.test('these bytes are no TLS elsewhere: behind a request, in TLS, and on METRICS_PORT', async t => {
  const { app, log } = await build(t, { variables: { METRICS_PORT: '0' } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const own = portOf(app.server)
  const metrics = Number(/:(\d+)\/metrics/.exec(JSON.stringify(log))![1])
  const hello = await greetingOf()
  const kept = ALIVE.replace('connection: close\r\n', '')
  t.match(await exchange(await open(t, own), kept, hello), /200 OK[^]*400 HTTP_MALFORMED/)
  t.match(await exchange(await open(t, own), Buffer.concat([Buffer.from(kept), hello])), /400 HTTP_MALFORMED/)
  t.match(await exchange(await openTls(own), hello), /^HTTP\/1.1 400 HTTP_MALFORMED/)
  t.match(await exchange(await open(t, metrics), hello), /^HTTP\/1.1 400 HTTP_MALFORMED/)
})

t.test('a certificate that cannot be made closes the connection; a client may leave before it is', async t => {
  const attestedKey = createEnclaveKey({ secret: randomSecret() })
  const channel = createChannel({ attestedKey, signingKey: attestedKey.publicKey })
  let secureContext: () => Promise<SecureContext> = async () => { throw new Error('too many open files') }
  const server = createServer((_request, response) => response.end('hello'))
  const takeOver = createTlsOnPort({ server, secureContext: async () => await secureContext() })
  server.on('clientError', ({ rawPacket }: ConnectionError, socket) => {
    if (isClientHello(rawPacket, socket as Socket)) takeOver(socket as Socket, rawPacket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  await t.rejects(openTls(portOf(server)), { code: 'ECONNRESET' })

  const left = new Promise<void>(resolve => server.once('connection', socket => socket.once('close', () => resolve())))
  const asked = new Promise<void>(resolve => {
    secureContext = async () => {
      resolve()
      await left
      return await channel.secureContext()
    }
  })
  const socket = await open(t, portOf(server))
  socket.write(await greetingOf())
  await asked
  server.closeAllConnections()
  await untilClosed(socket)
  secureContext = channel.secureContext
  t.match(await exchange(await openTls(portOf(server)), ALIVE), /hello$/)
})

t.test('SIGTERM ends connections without a request at once, in the greeting and after it', async t => {
  const service = await startService(t, { folder: t.testdir(), isMeasured: true })
  const port = Number(new URL(service.url).port)
  const silent = await open(t, port)
  const half = await open(t, port)
  half.write((await greetingOf()).subarray(0, 40))
  const secure = await openTls(port)
  const closed = [silent, half, secure].map(untilClosed)
  service.child.kill('SIGTERM')
  t.strictSame(await service.exited, [0, null])
  await Promise.all(closed)
})

t.test('a fast client on a kept connection gets every answer', async t => {
  const { url } = await startService(t, { folder: t.testdir() })
  const socket = await openTls(Number(new URL(url).port))
  for (let round = 0; round < 500; round++) {
    const answered = once(socket, 'data')
    socket.write(ALIVE.replace('connection: close\r\n', ''))
    await answered
  }
  t.notOk(socket.destroyed)
  socket.destroy()
})

t.test('ATTESTED_KEY_PATH: another key endorses; a missing file stops the start', async t => {
  const secret = randomSecret()
  const folder = t.testdir({ one: {}, other: {} })
  await writeFile(join(folder, 'key'), secret, { mode: 0o400 })
  const { app, send, generateApiKey } = await build(t, {
    folder: join(folder, 'one'), variables: { ATTESTED_KEY_PATH: join(folder, 'key') }
  })
  await generateApiKey()
  const { data } = (await send('GET', '/api/getServiceInfo')).json()
  t.equal(data.attested_address, await createEnclaveKey({ secret }).getAddress())
  t.not(data.attested_address, await app.enclaveKey.getAddress())
  await t.rejects(build(t, { folder: join(folder, 'other'), variables: { ATTESTED_KEY_PATH: join(folder, 'none') } }), {
    message: /^ATTESTED_KEY_PATH .*none does not exist: mount/
  })
})

/** The first bytes of a TLS client. */
async function greetingOf (): Promise<Buffer> {
  const listener = createServer()
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  const client = connectTls({ port: portOf(listener), host: '127.0.0.1' }).on('error', () => {})
  const [{ rawPacket }] = await once(listener, 'clientError')
  client.destroy()
  listener.close()
  return rawPacket
}
