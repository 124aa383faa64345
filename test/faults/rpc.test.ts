import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import t from 'tap'
import { drip, flood, sendJson, serve, serveRpc } from '../chain/servers.js'
import { createCertificate, serveHttps } from '../chain/tls-servers.js'
import { setup } from '../fixtures/configuration.js'
import { snapshot } from '../helper.js'
import { startService } from '../service-process.js'

const MEGABYTE = 1024 * 1024
/** A flood fills the sockets, too, on top of the 1 MiB that the service reads. */
const MAXIMUM_SENT_MB = 32
const MAXIMUM_GROWTH_MB = 40

interface Endpoint { url: string, code?: 'CHAIN_MISMATCH', message?: RegExp }

/** The peak memory of a process, in MB. */
function peakMegabytes (pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

/**
 * Tests the service's answers, the bytes that it reads, and that it writes nothing. test/chain has the effects of
 * hostile endpoints on the checks.
 */
t.test('an RPC endpoint that misbehaves: a stable code in time, and the configuration as it was', async t => {
  const raw = async (respond: (response: ServerResponse) => void) =>
    await serve(t, (_request, response) => respond(response))
  const inner = await raw(response => response.end())
  const { certFile, ...otherHost } = await createCertificate(t, 'DNS:rpc.example.org')
  const sent: number[] = []
  const floodCounted = (response: ServerResponse) => {
    const { socket } = response
    response.on('close', () => sent.push((socket?.bytesWritten ?? 0) / MEGABYTE))
    flood(response)
  }
  const endpoints: Record<string, Endpoint> = {
    refused: { url: 'http://127.0.0.1:1' },
    silent: { url: await raw(() => { /* never answers */ }) },
    dripping: { url: await raw(drip) },
    large: { url: await raw(response => response.end(Buffer.alloc(2 * MEGABYTE, ' '))) },
    flooding: { url: await raw(floodCounted), message: /far more data than was asked for/ },
    HTML: { url: await raw(response => response.end('<html></html>')) },
    redirect: { url: await raw(response => response.writeHead(307, { location: inner }).end()) },
    failing: { url: await raw(response => sendJson(response, {}, 502)) },
    'wrong id': { url: await serveRpc(t, () => ({ id: 99, result: '0x1' })) },
    'wrong chain': { url: await serveRpc(t, () => ({ result: '0x1' })), code: 'CHAIN_MISMATCH' },
    'switching protocols': {
      url: await raw(({ socket }) => {
        socket?.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n')
      }),
      message: /HTTP status 101/,
    },
    'no content': { url: await raw(response => response.writeHead(204).end()), message: /HTTP status 204/ },
    'limiting its plan': {
      url: await raw(response => response.writeHead(429, { 'retry-after': '3600' }).end()),
      message: /the provider limits this plan/,
    },
    'no TLS': { url: inner.replace('http:', 'https:') },
    'a certificate that nobody vouches for': {
      url: await serveHttps(t, await createCertificate(t, 'IP:127.0.0.1')), message: /DEPTH_ZERO_SELF_SIGNED_CERT/
    },
    'a trusted certificate of another host': {
      url: await serveHttps(t, otherHost), message: /ERR_TLS_CERT_ALTNAME_INVALID/
    },
  }
  const folder = t.testdir()
  const unchecked = await startService(t, { folder })
  const key = (await unchecked.call('POST', '/api/generateApiKey')).body['data']
  unchecked.setApiKey(key)
  t.equal((await unchecked.call('POST', '/api/generatorConfigSetup', setup)).status, 200)
  unchecked.child.kill('SIGTERM')
  await unchecked.exited
  const service = await startService(t, {
    folder,
    variables: { CHAIN_CHECKS: 'strict', RPC_NETWORK: 'any', RPC_TIMEOUT_MS: '500', NODE_EXTRA_CA_CERTS: certFile },
  })
  service.setApiKey(key)
  const before = await snapshot(folder)
  let answers = 0
  for (const [name, { url: http_url, code = 'RPC_UNAVAILABLE', message = /./ }] of Object.entries(endpoints)) {
    const peak = peakMegabytes(service.child.pid!)
    for (const [method, url, body] of [
      ['POST', 'generatorConfigSetup', { ...setup, runtime_config: { ...setup.runtime_config, http_url } }],
      ['PUT', 'updateRuntimeConfig', { http_url }],
    ] as const) {
      const began = performance.now()
      const answer = await service.call(method, `/api/${url}`, body)
      t.ok(performance.now() - began < 8_000, 'in time')
      t.match(
        answer.body,
        { status: 'error', code, statusCode: code === 'CHAIN_MISMATCH' ? 400 : 502, message },
        `${name}: ${url}`
      )
      t.same(await snapshot(folder), before)
      answers += 1
    }
    // The first call loads code. Its memory is no leak.
    const grown = peakMegabytes(service.child.pid!) - peak
    if (name !== 'refused') t.ok(grown < MAXIMUM_GROWTH_MB, `${name}: grown by ${grown} MB`)
  }
  t.equal(sent.length, 2)
  t.ok(sent.every(megabytes => megabytes < MAXIMUM_SENT_MB), `${sent.join()} MB of 1,024 MB sent`)
  t.comment(
    `${Object.keys(endpoints).length} misbehaviours, ${answers} answers; floods of 1,024 MB came to ${sent.map(Math.round).join(' and ')} MB sent, memory peaked at ${Math.round(peakMegabytes(service.child.pid!))} MB`
  )
})
