import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, createServer as createTlsServer } from 'node:tls'
import t, { type Test } from 'tap'
import { createChannel, type Enclave } from '../../../operator/channel/index.js'
import { certificateOf } from '../../../operator/channel/tls.js'
import { createGeneratorClient } from '../../../operator/client/index.js'
import { untilClosed } from '../../fixtures/sockets.js'
import { makeDocument, makeForeignDocument } from './document.js'
import { makeKey, makeTls, makeTlsKey, startEnclave, tlsOptions, withExtensions } from './enclave.js'

const ANSWER = JSON.stringify({ status: 'success', message: 'API key generated', data: 'ab'.repeat(32) })
const HTTP = 'HTTP/1.1 200 OK\r\n\r\n'

async function start (t: Test, options: Parameters<typeof startEnclave>[1] = {}) {
  const enclave = await startEnclave(t, {
    onRequest: (_request, response) => { response.setHeader('content-type', 'application/json').end(ANSWER) },
    ...options,
  })
  const { url, attestationUrl, policy } = enclave
  const told: Enclave[] = []
  const channel = createChannel({ url, attestationUrl, policy, onEnclave: one => { told.push(one) } })
  t.teardown(channel.close)
  const client = createGeneratorClient({ url, channel, apiKey: 'the-key' })
  return { ...enclave, channel, client, told }
}

t.test('document, verdict, endorsed TLS, call', async t => {
  const signing = makeKey()
  const { client, channel, told, tls, attested, received, documents } = await start(t, { signing })
  t.match(await client.generateApiKey(), { message: 'API key generated' })
  t.match(received(), /^POST \/api\/generateApiKey HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\n/)
  t.match(received(), '\r\napi-key: the-key\r\n')
  await client.generateApiKey()
  t.equal(documents(), 1)
  t.equal(told.length, 1)
  const enclave = await channel.enclave()
  t.same(
    [enclave.verdict.publicKey, enclave.signingKey, enclave.bootId, enclave.pin],
    [attested.point, signing.point, tls.bootId, tls.pin]
  )
  t.equal(await client.enclavePublicKey(), compressed(signing.point))
})

t.test('a connection that is cut before its handshake is tried again, ten times', async t => {
  const { url, attestationUrl, policy } = await start(t)
  const behind = Number(new URL(url).port)
  let cuts = 0
  let cutting = 2
  // A door before the enclave, which cuts connections as a flooded service does.
  const door = createServer(client => {
    if (cuts < cutting) {
      cuts += 1
      client.resetAndDestroy()
    } else {
      const enclave = connectTcp(behind, '127.0.0.1').on('error', () => {})
      client.on('error', () => {}).pipe(enclave).pipe(client)
    }
  })
  await once(door.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => door.close())
  const doorUrl = `http://127.0.0.1:${(door.address() as AddressInfo).port}`
  const channel = createChannel({ url: doorUrl, attestationUrl, policy })
  const socket = await channel.connect()
  socket.destroy()
  t.equal(cuts, 2)
  cutting = 100
  await t.rejects(channel.connect(), { code: 'UNREACHABLE' })
  t.equal(cuts, 12)
})

t.test('the key is known without a call', async t => {
  const { client, signing, received, documents } = await start(t)
  t.equal(await client.enclavePublicKey(), compressed(signing.point))
  t.same([received(), documents()], ['', 1])
})

t.test('another TLS key of the same enclave goes on in silence', async t => {
  const { client, told, attested, serveTls, documents, channel } = await start(t)
  await client.generateApiKey()
  const next = await makeTls({ attested })
  await serveTls(next)
  await client.generateApiKey()
  t.same([told.length, documents()], [1, 1])
  t.same((await channel.enclave()).pin, next.pin)
})

t.test('another enclave key needs a document that passes, and the caller is told', async t => {
  const { client, told, serveTls, serveDocument, documents, attested, received } = await start(t)
  await client.generateApiKey()
  const before = received()
  const other = makeKey()
  await serveTls(await makeTls({ attested: other }))
  const refused = { code: 'ENCLAVE_NOT_VERIFIED', message: /not endorsed by the key of the attestation document/ }
  await t.rejects(client.generateApiKey(), refused)
  serveDocument(makeForeignDocument(other.point))
  await t.rejects(client.generateApiKey(), { code: 'ENCLAVE_NOT_VERIFIED', message: /PCR0 is/, data: { rule: 'pcr' } })
  t.equal(received(), before)
  t.same([told.length, documents()], [1, 3])
  // No error has changed the identity: the first enclave is still the known one.
  await serveTls(await makeTls({ attested }))
  await client.generateApiKey()
  t.same([told.length, documents()], [1, 3])
  await serveTls(await makeTls({ attested: other }))
  serveDocument(makeDocument(other.point))
  await client.generateApiKey()
  t.same(told.map(({ verdict }) => verdict.publicKey), [attested.point, other.point])
})

t.test('another signing key of the same attested key is told, too', async t => {
  const { client, told, attested, serveTls } = await start(t)
  await client.generateApiKey()
  const signing = makeKey()
  await serveTls(await makeTls({ attested, signing }))
  await client.generateApiKey()
  t.same(told.map(one => one.signingKey), [attested.point, signing.point])
})

t.test('a server of the host gets no byte of a request', async t => {
  const { attested, attestationUrl, policy, tls: honest } = await start(t)
  const own = makeTlsKey()
  const copied = {
    ...attested, endorse: async (bytes: Buffer) => await attested.endorse(replaced(bytes, own.spki, honest.spki))
  }
  const old = new Date(Date.now() - 31 * 86_400_000)
  const certificates: [string, Awaited<ReturnType<typeof makeTls>>, RegExp][] = [
    ['endorsed by the host', await makeTls({ attested: makeKey() }), /not endorsed by the key of the attestation/],
    ['endorsed for another TLS key', await makeTls({ attested: copied, tlsKey: own }), /not endorsed by the key/],
    ['ended', await makeTls({ attested, now: old }), /certificate of the service ended at .*, and this clock says/],
    ['not endorsed', withExtensions(honest, () => []), /not one of generator-client/],
  ]
  for (const [name, tls, message] of certificates) {
    const rogue = await startEnclave(t)
    await rogue.serveTls(tls)
    const channel = createChannel({ url: rogue.url, attestationUrl, policy })
    const client = createGeneratorClient({ url: rogue.url, channel, apiKey: 'secret-key' })
    await t.rejects(client.generateApiKey(), { code: 'ENCLAVE_NOT_VERIFIED', message }, name)
    await t.rejects(client.enclavePublicKey(), { code: 'ENCLAVE_NOT_VERIFIED', message }, name)
    t.equal(rogue.received(), '', name)
    await channel.close()
  }
})

t.test('a server without TLS, with another version, or without HTTP/1.1', async t => {
  const { attestationUrl, policy, tls } = await start(t)
  const servers: [Server, RegExp][] = [
    [createServer(socket => { socket.on('data', chunk => plain.push(chunk)).end(HTTP) }), /does not speak TLSv1\.3/],
    [createTlsServer({ ...tlsOptions(tls), maxVersion: 'TLSv1.2' }), /does not speak TLSv1\.3/],
    [createTlsServer(tlsOptions(tls)), /does not agree to http\/1\.1/],
    [createTlsServer({ ...tlsOptions(tls), ALPNProtocols: ['h2'] }), /does not speak TLSv1\.3/],
  ]
  const plain: Buffer[] = []
  for (const [server, message] of servers) {
    const port = await listen(t, server)
    const channel = createChannel({ url: `https://127.0.0.1:${port}`, attestationUrl, policy })
    await t.rejects(channel.connect(), { code: 'ENCLAVE_NOT_VERIFIED', message })
    await channel.close()
  }
  t.equal(Buffer.concat(plain)[0], 0x16, 'a plain server gets the beginning of TLS alone')
})

t.test('a session that is resumed is refused', async t => {
  const tls = await makeTls({ attested: makeKey() })
  const server = createTlsServer({ ...tlsOptions(tls), ALPNProtocols: ['http/1.1'] }, socket => { socket.end('x') })
  const port = await listen(t, server)
  const options = { port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }
  const first = connect(options)
  const [session] = await once(first, 'session') as [Buffer]
  t.same(certificateOf(first).raw, tls.certificate)
  const second = connect({ ...options, session })
  await once(second, 'secureConnect')
  t.throws(() => certificateOf(second), { code: 'ENCLAVE_NOT_VERIFIED', message: /resumed an earlier TLS session/ })
})

t.test('the way to the enclave fails', async t => {
  const { url, attestationUrl, policy } = await start(t)
  const port = await listen(t, createServer())
  const late = { code: 'TIMEOUT', message: `No TLS connection to 127.0.0.1:${port} in time` }
  const cases: [string, string, { code: string, message: string | RegExp }][] = [
    [`http://127.0.0.1:${port}`, attestationUrl, late],
    ['http://127.0.0.1:1', attestationUrl, { code: 'UNREACHABLE', message: /ECONNREFUSED/ }],
    ['http://[::1]:1', attestationUrl, { code: 'UNREACHABLE', message: /ECONNREFUSED/ }],
    ['https://127.9.9.9', attestationUrl, { code: 'UNREACHABLE', message: '127.9.9.9:443' }],
    ['http://127.9.9.9', attestationUrl, { code: 'UNREACHABLE', message: '127.9.9.9:80' }],
    ['https://localhost:1', attestationUrl, { code: 'UNREACHABLE', message: /ECONNREFUSED/ }],
    [url, 'http://127.0.0.1:1/', { code: 'UNREACHABLE', message: /ECONNREFUSED/ }],
    [url, `http://127.0.0.1:${port}/`, { code: 'TIMEOUT', message: `No answer within 300 ms from 127.0.0.1:${port}` }],
  ]
  for (const [url, attestationUrl, error] of cases) {
    const channel = createChannel({ url, attestationUrl, policy, timeoutMs: 300 })
    await t.rejects(channel.connect(), error)
    await t.rejects(createGeneratorClient({ url, channel }).getGeneratorStatus(), error)
    await channel.close()
  }
  t.throws(() => createChannel({ url: 'nonsense', attestationUrl, policy }), TypeError)
})

t.test('a connection that ends while the caller is told is not handed out', async t => {
  const { url, attestationUrl, policy, server } = await start(t)
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const channel = createChannel({
    url,
    attestationUrl,
    policy,
    onEnclave: async () => {
      const [socket] = await accepted
      const closed = untilClosed(socket)
      socket.resetAndDestroy()
      await closed
      // The reset is in the kernel. The next turns of the event loop find it.
      await pause(50)
    },
  })
  await t.rejects(channel.connect(), { code: 'UNREACHABLE', message: /has closed the connection/ })
})

t.test('simultaneous connections share the reading of the document', async t => {
  const { channel, documents, told } = await start(t)
  const sockets = await Promise.all(Array.from({ length: 20 }, async () => await channel.connect()))
  for (const socket of sockets) socket.destroy()
  t.same([documents(), told.length], [1, 1])
})

async function listen (t: Test, server: Server): Promise<number> {
  const sockets: Socket[] = []
  server.on('connection', socket => { sockets.push(socket.on('error', () => {})) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

function replaced (bytes: Buffer, spki: Buffer, other: Buffer): Buffer {
  const [from, to] = [spki, other].map(one => createHash('sha256').update(one).digest())
  return Buffer.concat([bytes.subarray(0, bytes.indexOf(from!)), to!, bytes.subarray(bytes.indexOf(from!) + 32)])
}

function compressed (point: Buffer): string {
  return `0x0${2 + point[63]! % 2}${point.toString('hex', 0, 32)}`
}
