import {
  createECDH, createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate
} from 'node:crypto'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { SecureContextOptions, TLSSocket } from 'node:tls'
import type { Test } from 'tap'
import { readAll, readDer, TAGS } from '../../../operator/attestation/der.js'
import { makeCertificate } from '../../../src/channel/certificate.js'
import { der } from '../../../src/channel/der.js'
import { startHttpServer } from '../../fixtures/http-server.js'
import { makeDocument, POLICY } from './document.js'

/** A secp256k1 key: the 64 bytes of its point, and what signs with it. */
export function makeKey () {
  const ecdh = createECDH('secp256k1')
  const point = ecdh.generateKeys().subarray(1)
  const [d, x, y] = [ecdh.getPrivateKey(), point.subarray(0, 32), point.subarray(32)].map(toBase64)
  const key = createPrivateKey({ format: 'jwk', key: { kty: 'EC', crv: 'secp256k1', d: d!, x: x!, y: y! } })
  return { point, endorse: async (bytes: Buffer) => sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }) }
}

export type Key = ReturnType<typeof makeKey>

/** A TLS key on P-256. */
export function makeTlsKey () {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return { privateKey, spki: publicKey.export({ format: 'der', type: 'spki' }) }
}

/** A TLS key and its certificate, as each start of a service makes them. */
export async function makeTls ({ attested, signing = attested, now = new Date(), tlsKey = makeTlsKey() }: {
  attested: Key, signing?: Key, now?: Date, tlsKey?: ReturnType<typeof makeTlsKey>
}) {
  const bootId = randomBytes(16)
  const { certificate, notAfter } = await makeCertificate({
    tlsKey: tlsKey.privateKey, spki: tlsKey.spki, bootId, signingKey: signing.point, now, endorse: attested.endorse
  })
  const pin = `sha256//${createHash('sha256').update(tlsKey.spki).digest('base64')}`
  return { bootId, notAfter, certificate, pin, ...tlsKey }
}

/** Gives a TLS server's options for a certificate in DER and its key. */
export function tlsOptions (
  { certificate, privateKey }: Pick<Awaited<ReturnType<typeof makeTls>>, 'certificate' | 'privateKey'>
): SecureContextOptions {
  return {
    cert: new X509Certificate(certificate).toString(), key: privateKey.export({ format: 'pem', type: 'pkcs8' })
  }
}

/** Changes the extensions of a certificate. Its own signature breaks, which nobody checks. */
export function withExtensions<Tls extends { certificate: Buffer }> (
  tls: Tls, change: (all: Buffer[]) => Buffer[]
): Tls {
  const [content, ...rest] = readAll(readDer(tls.certificate, TAGS.SEQUENCE).content)
  const fields = readAll(content!.content)
  const extensions = readAll(readDer(fields.at(-1)!.content, TAGS.SEQUENCE).content).map(({ bytes }) => bytes)
  const changed = change(extensions)
  const parts = fields.slice(0, -1).map(({ bytes }) => bytes)
  if (changed.length > 0) parts.push(der.explicit(3, der.sequence(...changed)))
  return { ...tls, certificate: der.sequence(der.sequence(...parts), ...rest.map(({ bytes }) => bytes)) }
}

/** An enclave: its TLS server, its attestation server, and all bytes that the TLS server has received. */
export async function startEnclave (t: Test, {
  onRequest = (_request, response) => { response.end('{}') }, attested = makeKey(), signing = attested, port = 0
}: { onRequest?: RequestListener, attested?: Key, signing?: Key, port?: number } = {}) {
  let document = makeDocument(attested.point)
  let documents = 0
  const attestationUrl = await startHttpServer(t, (_request, response) => {
    documents += 1
    response.end(document)
  })
  const tls = await makeTls({ attested, signing })
  // `allowHalfOpen` is what Node gives a server without TLS.
  const options = { ...tlsOptions(tls), ALPNProtocols: ['http/1.1'], allowHalfOpen: true }
  const server = createServer(options, onRequest).listen(port, '127.0.0.1')
  const received: Buffer[] = []
  const connections: TLSSocket[] = []
  server.on('secureConnection', socket => {
    connections.push(socket)
    socket.prependListener('data', chunk => received.push(chunk))
  })
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    attestationUrl,
    policy: POLICY,
    attested,
    signing,
    tls,
    server,
    connections,
    received: () => Buffer.concat(received).toString(),
    documents: () => documents,
    serveDocument: (content: Buffer) => { document = content },
    /** Serves another certificate, and ends all connections. */
    async serveTls (next: Awaited<ReturnType<typeof makeTls>>): Promise<void> {
      server.setSecureContext(tlsOptions(next))
      for (const socket of connections.splice(0)) socket.destroy()
    },
  }
}

function toBase64 (bytes: Buffer): string {
  return bytes.toString('base64url')
}
