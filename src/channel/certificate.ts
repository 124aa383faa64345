import { type KeyObject, randomBytes, sign } from 'node:crypto'
import { der } from './der.js'
import { encodeEndorsement, ENDORSEMENT_OID, endorsedBytes } from './endorsement.js'

const DAY_MS = 86_400_000
const VALID_DAYS = 30
/** Clients' clocks may be late. */
const BACKDATED_DAYS = 1
const VERSION_3 = Buffer.of(2)
const ECDSA_WITH_SHA256 = der.sequence(der.identifier('1.2.840.10045.4.3.2'))
const COMMON_NAME = '2.5.4.3'
const NAME = der.sequence(der.set(der.sequence(der.identifier(COMMON_NAME), der.utf8String('generator-client'))))

export interface CertificateRequest {
  /** The private TLS key, on P-256. */
  tlsKey: KeyObject
  /** The public TLS key as DER SubjectPublicKeyInfo. */
  spki: Buffer
  bootId: Buffer
  signingKey: Buffer
  now: Date
  /** Signs SHA-256 of the bytes with the attested key. Returns r|s, 64 bytes. */
  endorse: (bytes: Buffer) => Promise<Uint8Array>
}

/**
 * Makes a self-signed X.509 certificate of 30 days, in DER, whose key the attested key endorses. It is laid by hand,
 * because a library would add 100 ms to the first connection.
 */
export async function makeCertificate ({ tlsKey, spki, bootId, signingKey, now, endorse }: CertificateRequest): Promise<{ certificate: Buffer, notAfter: Date }> {
  const day = (days: number): Date => new Date(Math.floor(now.getTime() / 1000) * 1000 + days * DAY_MS)
  const notAfter = day(VALID_DAYS)
  const endorsement = { bootId, notAfter, signingKey }
  const signature = Buffer.from(await endorse(endorsedBytes(spki, endorsement)))
  const extension = der.sequence(
    der.identifier(ENDORSEMENT_OID), der.octetString(der.octetString(encodeEndorsement({ ...endorsement, signature })))
  )
  const content = der.sequence(
    der.explicit(0, der.integer(VERSION_3)),
    der.integer(serialNumber()),
    ECDSA_WITH_SHA256,
    NAME,
    der.sequence(der.time(day(-BACKDATED_DAYS)), der.time(notAfter)),
    NAME,
    spki,
    der.explicit(3, der.sequence(extension))
  )
  return { certificate: der.sequence(content, ECDSA_WITH_SHA256, der.bitString(sign('sha256', content, tlsKey))), notAfter }
}

/** The first byte is not 0, because DER allows no needless one. */
function serialNumber (): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = 1
  return bytes
}
