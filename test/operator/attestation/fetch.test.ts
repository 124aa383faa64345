import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { fetchAttestation, verifyAttestation } from '../../../operator/attestation/index.js'
import { makeDocument, POLICY, TIME } from '../../fixtures/attestation/document.js'
import { startHttpServer } from '../../fixtures/http-server.js'

t.test('a document over HTTP', async t => {
  const document = makeDocument()
  const url = await startHttpServer(t, ({ method, url }, response) => {
    t.same([method, url], ['GET', '/attestation/raw?a=b'])
    response.end(document)
  })
  const fetched = await fetchAttestation(`${url}/attestation/raw?a=b`)
  t.same(fetched, document)
  t.doesNotThrow(() => verifyAttestation(fetched, POLICY, { now: new Date(TIME) }))
})

t.test('answers that are no document', async t => {
  const answers: Record<string, [status: number, body: Buffer | string, message: RegExp]> = {
    '/missing': [404, 'not found', /answers no attestation document: HTTP status 404, 9 bytes/],
    '/elsewhere': [302, '', /HTTP status 302, 0 bytes/],
    '/empty': [200, '', /HTTP status 200, 0 bytes/],
    '/large': [200, Buffer.alloc(16 * 1024 + 1), /more than 16384 bytes/],
    '/endless': [200, Buffer.alloc(2 ** 24), /more than 16384 bytes/],
  }
  const url = await startHttpServer(t, ({ url: path }, response) => {
    const [status, body] = answers[path!.replace(/\?.*/, '')]!
    response.writeHead(status, status === 302 ? { location: `${url}/empty` } : {}).end(body)
  })
  for (const [path, [, , message]] of Object.entries(answers)) {
    await t.rejects(fetchAttestation(`${url}${path}?secret`), { code: 'ANSWER_INVALID', rule: null, message })
    await t.rejects(fetchAttestation(`${url}${path}?secret`), { message: /^((?!secret).)*$/ })
  }
})

t.test('servers that cannot be reached, break off or stay silent', async t => {
  await t.rejects(fetchAttestation('http://127.0.0.1:1/attestation/raw'), {
    code: 'UNREACHABLE', message: 'No connection to the attestation server at 127.0.0.1:1: ECONNREFUSED'
  })
  const noTls = await startHttpServer(t, (_request, response) => { response.end() })
  await t.rejects(fetchAttestation(noTls.replace('http:', 'https:')), { code: 'UNREACHABLE' })
  const broken = await startHttpServer(t, ({ socket }, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half')
    socket.end()
  })
  await t.rejects(fetchAttestation(broken), { code: 'UNREACHABLE', message: /: ECONNRESET$/ })
  const server = createServer(socket => socket.end('nonsense\r\n\r\n')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  await t.rejects(fetchAttestation(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), {
    code: 'UNREACHABLE', message: /HPE_/
  })
  for (const begin of [false, true]) {
    const silent = await startHttpServer(t, (_request, response) => {
      if (begin) response.writeHead(200).write('a')
    })
    await t.rejects(fetchAttestation(silent, { timeoutMs: 50 }), {
      code: 'TIMEOUT', message: `No answer within 50 ms from ${new URL(silent).host}`
    })
  }
  await t.rejects(fetchAttestation('ftp://127.0.0.1/'), { name: 'TypeError', message: /must begin with http/ })
})
