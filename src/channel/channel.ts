import { constants, createHash, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import type { EnclaveKey } from '../enclave/enclave-key.js'
import { createSharedReads } from '../timing/shared-reads.js'

/**
 * The TLS end of this start of the service. Its key lives in memory only. The attested key endorses it, together with
 * the key that signs and decrypts. The secure context is made at the first connection, and anew after half of its
 * certificate's life.
 */
export function createChannel ({ attestedKey, signingKey, now = () => new Date() }: {
  attestedKey: EnclaveKey, signingKey: Buffer, now?: () => Date
}) {
  const bootId = randomBytes(16)
  const { privateKey: tlsKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const startedAt = now()
  let kept: { context: SecureContext, renewAt: number } | null = null
  const contexts = createSharedReads(createContext)

  async function createContext () {
    const [{ createSecureContext }, { makeCertificate }] = await Promise.all([import('node:tls'), import('./certificate.js')])
    const made = now()
    const { certificate, notAfter } = await makeCertificate({ tlsKey, spki, bootId, signingKey, now: made, endorse: attestedKey.endorse })
    const context = createSecureContext({
      key: tlsKey.export({ type: 'pkcs8', format: 'pem' }),
      cert: new X509Certificate(certificate).toString(),
      minVersion: 'TLSv1.3',
      // A client that resumes a session would not see the certificate.
      secureOptions: constants.SSL_OP_NO_TICKET,
    })
    return { context, renewAt: (made.getTime() + notAfter.getTime()) / 2 }
  }

  return {
    bootId: bootId.toString('hex'),
    /** SHA-256 of the public TLS key, as curl's --pinnedpubkey takes it: base64. */
    spkiSha256: createHash('sha256').update(spki).digest('base64'),
    startedAt,
    async secureContext (): Promise<SecureContext> {
      if (kept === null || now().getTime() >= kept.renewAt) kept = await contexts.join('')
      return kept.context
    },
  }
}

export type Channel = ReturnType<typeof createChannel>
