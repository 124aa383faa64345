import { once } from 'node:events'
import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createChannel, openTunnel } from '../../../operator/channel/index.js'
import { untilClosed } from '../../fixtures/sockets.js'
import { makeDocument } from './document.js'
import { makeKey, makeTls, startEnclave } from './enclave.js'

const REQUEST = 'GET /x HTTP/1.1\r\nhost: enclave\r\n\r\n'

async function start (t: Test, options: Parameters<typeof startEnclave>[1] = {}) {
  const enclave = await startEnclave(t, options)
  const { url, attestationUrl, policy } = enclave
  const channel = createChannel({ url, attestationUrl, policy })
  const refusals: string[] = []
  const tunnel = await openTunnel({
    channel, host: '127.0.0.1', port: 0, onRefusal: ({ code }, count) => refusals.push(`${count} ${code}`)
  })
  t.teardown(tunnel.close)
  const open = (options: Partial<NetConnectOpts> = {}): Socket =>
    connect({ port: Number(new URL(tunnel.url).port), host: '127.0.0.1', ...options }).on('error', () => {})
  return { ...enclave, tunnel, channel, refusals, open }
}

t.test('bytes pass as they are, in both directions', async t => {
  const { tunnel, open, received } = await start(t, {
    onRequest: (request, response) => { request.pipe(response) },
  })
  const body = 'body '.repeat(100_000)
  t.equal(await (await fetch(tunnel.url, { method: 'POST', body })).text(), body)
  const client = open()
  client.write(REQUEST)
  await once(client, 'data')
  t.ok(received().endsWith(REQUEST), 'the tunnel adds no header')
  client.destroy()
})

t.test('the tunnel listens on loopback only', async t => {
  const { channel } = await start(t)
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'enclave.example', '127.0.0.1.example', '']) {
    await t.rejects(openTunnel({ channel, host, port: 0 }), { name: 'TypeError', message: /no loopback address/ }, host)
  }
  for (const [host, url] of [['127.3.2.1', 'http://127.3.2.1:'], ['::1', 'http://[::1]:'], ['localhost', 'http://']]) {
    const tunnel = await openTunnel({ channel, host: host!, port: 0 })
    t.ok(tunnel.url.startsWith(url!), tunnel.url)
    t.equal((await fetch(tunnel.url)).status, 200)
    await tunnel.close()
  }
  const taken = await openTunnel({ channel, host: '127.0.0.1', port: 0 })
  const port = Number(new URL(taken.url).port)
  await t.rejects(openTunnel({ channel, host: '127.0.0.1', port }), { code: 'EADDRINUSE' })
  await taken.close()
})

t.test('502, and no byte upstream, when the enclave is not verified or not reached', async t => {
  const { tunnel, serveTls, serveDocument, attested, received, refusals, server } = await start(t)
  await serveTls(await makeTls({ attested: makeKey() }))
  const refused = await fetch(tunnel.url, { method: 'POST', body: 'secret' })
  t.equal(refused.status, 502)
  t.equal(refused.headers.get('connection'), 'close')
  t.same(await refused.json(), {
    status: 'error',
    statusCode: 502,
    code: 'ENCLAVE_NOT_VERIFIED',
    message: 'The certificate of the service is not endorsed by the key of the attestation document',
    data: null,
  })
  serveDocument(Buffer.from('no document'))
  t.match(await (await fetch(tunnel.url)).json(), { code: 'ENCLAVE_NOT_VERIFIED' })
  t.equal(received(), '')
  t.same(refusals, ['1 ENCLAVE_NOT_VERIFIED'], 'later ones are told a minute later')
  serveDocument(makeDocument(attested.point))
  await serveTls(await makeTls({ attested }))
  t.equal((await fetch(tunnel.url)).status, 200)
  server.close()
  server.closeAllConnections()
  t.match(await (await fetch(tunnel.url)).json(), { statusCode: 502, code: 'UNREACHABLE' })
  t.same(refusals, ['1 ENCLAVE_NOT_VERIFIED', '1 UNREACHABLE'], 'each code is told')
})

t.test('a refused client gets its answer after its request, and leaves when it wants', async t => {
  const { open, serveTls } = await start(t)
  await serveTls(await makeTls({ attested: makeKey() }))
  const silent = open()
  silent.on('data', () => t.fail('nothing was asked'))
  const closed = untilClosed(silent)
  await pause(300)
  silent.end()
  await closed
  const asking = open()
  await pause(100)
  asking.write(REQUEST)
  t.match(await text(asking), /^HTTP\/1\.1 502 ENCLAVE_NOT_VERIFIED\r\n/)
  const sending = open({ allowHalfOpen: true } as Partial<NetConnectOpts>)
  sending.write('POST / HTTP/1.1\r\ncontent-length: 10000000\r\n\r\n')
  t.match(await text(sending), /^HTTP\/1\.1 502 /)
})

t.test('a client that ends its side after its request gets the whole answer', async t => {
  const answer = 'answer '.repeat(300_000)
  const { open, server } = await start(t, {
    onRequest: (_request, response) => { setTimeout(() => response.end(answer), 100) },
  })
  // Node's server drops such an answer otherwise.
  Object.assign(server, { httpAllowHalfOpen: true })
  const client = open({ allowHalfOpen: true } as Partial<NetConnectOpts>)
  client.end(REQUEST)
  const whole = await text(client)
  t.ok(whole.endsWith(answer), String(whole.length))
})

t.test('a server that ends its side first still gets the rest of the request', async t => {
  const { open, connections, received } = await start(t, {
    onRequest: ({ socket }) => { socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n') },
  })
  const client = open({ allowHalfOpen: true } as Partial<NetConnectOpts>)
  client.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n')
  await once(client.resume(), 'end')
  client.end('last')
  await untilClosed(connections[0]!)
  t.ok(received().endsWith('last'))
})

t.test('connections end together', async t => {
  const { open, connections, tunnel } = await start(t, { onRequest: (_request, response) => { response.write('x') } })
  const begin = async () => {
    const client = open()
    client.write(REQUEST)
    await once(client, 'data')
    return { client, enclave: connections.at(-1)! }
  }
  const first = await begin()
  first.client.resetAndDestroy()
  await untilClosed(first.enclave)
  const second = await begin()
  second.enclave.destroy()
  await once(second.client.resume(), 'end')
  const third = await begin()
  const closed = Promise.all([untilClosed(third.client.resume()), untilClosed(third.enclave)])
  await tunnel.close()
  await closed
})

t.test('a client that has gone before its turn costs the enclave nothing', async t => {
  const { open, server, connections, refusals, documents } = await start(t, { attested: makeKey() })
  const begun = once(server, 'connection')
  const gone = open()
  await begun
  gone.resetAndDestroy()
  await pause(100)
  t.ok(connections.every(({ destroyed }) => destroyed))
  t.same(refusals, [])
  t.equal(documents(), 1)
})

t.test('64 handshakes at once: the others wait, and one that leaves meanwhile has none', async t => {
  const { channel } = await start(t)
  let open = (): void => {}
  const gate = new Promise<void>(resolve => { open = resolve })
  let handshakes = 0
  const connectLate = async (options: Parameters<typeof channel.connect>[0]) => {
    handshakes += 1
    await gate
    return await channel.connect(options)
  }
  const tunnel = await openTunnel({ channel: { connect: connectLate }, host: '127.0.0.1', port: 0 })
  t.teardown(tunnel.close)
  const port = Number(new URL(tunnel.url).port)
  const clients = Array.from({ length: 66 }, () => connect({ port, host: '127.0.0.1' }))
  await Promise.all(clients.map(async client => await once(client, 'connect')))
  clients[64]!.resetAndDestroy()
  await pause(200)
  t.equal(handshakes, 64)
  open()
  const answers = clients.filter((_, index) => index !== 64).map(async client => {
    client.end(REQUEST)
    return await text(client)
  })
  t.ok((await Promise.all(answers)).every(answer => answer.startsWith('HTTP/1.1 200')))
  t.equal(handshakes, 65)
})

t.test('a tunnel that closes during a handshake, and one that tells nobody of refusals', async t => {
  const { channel, server, url, attestationUrl, policy } = await start(t)
  const closing = await openTunnel({ channel, host: '127.0.0.1', port: 0 })
  const handshake = once(server, 'connection')
  const client = connect({ port: Number(new URL(closing.url).port), host: '127.0.0.1' })
  const closed = untilClosed(client.resume())
  await handshake
  await closing.close()
  await closed
  const other = createChannel({ url: url.replace(/\d+$/, '1'), attestationUrl, policy })
  const refusing = await openTunnel({ channel: other, host: '127.0.0.1', port: 0 })
  t.equal((await fetch(refusing.url)).status, 502)
  await refusing.close()
})

t.test('many connections at once take turns', async t => {
  const { open, connections } = await start(t)
  const answers = await Promise.all(Array.from({ length: 150 }, async () => {
    const client = open()
    client.end(REQUEST)
    return await text(client)
  }))
  t.ok(answers.every(answer => answer.startsWith('HTTP/1.1 200')))
  t.equal(connections.length, 150)
})
