import { createHash, createPublicKey, type KeyObject, verify, type X509Certificate } from 'node:crypto'
import { der } from '../../src/channel/der.js'
import {
  decodeEndorsement, ENDORSEMENT_OID, endorsedBytes, type SignedEndorsement
} from '../../src/channel/endorsement.js'
import { type DerElement, readAll, readDer, readFields, readList, TAGS } from '../attestation/der.js'
import { NotEndorsed, notVerified } from './errors.js'

/** Clocks may differ by this much. */
const SKEW_MS = 60_000
const OID = der.identifier(ENDORSEMENT_OID)
const { SEQUENCE, INTEGER, BIT_STRING, OCTET_STRING, OBJECT_IDENTIFIER, CONTEXT_0, CONTEXT_3 } = TAGS
const CERTIFICATE = [SEQUENCE, SEQUENCE, BIT_STRING] as const
/** The content of a certificate: version, serial number, algorithm, issuer, dates, subject, key, extensions. */
const CONTENT = [CONTEXT_0, INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, CONTEXT_3] as const

/** The facts that the certificate of the service proves. */
export interface TlsIdentity extends Pick<SignedEndorsement, 'bootId' | 'notAfter' | 'signingKey'> {
  /** The public TLS key as curl's --pinnedpubkey takes it: `sha256//` and the base64 of its hash. */
  pin: string
}

/**
 * Checks that the attested key (64 bytes) endorses the certificate of a TLS connection, and that it is in date. Throws
 * NotEndorsed where another key has signed, and ENCLAVE_NOT_VERIFIED for every other fault.
 */
export function checkCertificate ({ certificate, attestedKey, now }: {
  certificate: X509Certificate, attestedKey: Buffer, now: Date
}): TlsIdentity {
  // TLS has shown that the server holds this key. A key that is read from the certificate's bytes could be another.
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' })
  const endorsement = readEndorsement(certificate.raw)
  const { bootId, notAfter, signingKey, signature } = endorsement
  // This refuses a time that is no time, too.
  if (Date.parse(certificate.validTo) !== notAfter.getTime()) {
    throw notVerified('The certificate of the service ends at another time than its endorsement')
  }
  const key = { key: publicKeyOf(attestedKey), dsaEncoding: 'ieee-p1363' } as const
  if (!verify('sha256', endorsedBytes(spki, endorsement), key, signature)) throw new NotEndorsed()
  if (now.getTime() > notAfter.getTime() + SKEW_MS) {
    throw notVerified(
      `The certificate of the service ended at ${notAfter.toISOString()}, and this clock says ${now.toISOString()}`
    )
  }
  const pin = `sha256//${createHash('sha256').update(spki).digest('base64')}`
  return { pin, bootId, notAfter, signingKey }
}

function readEndorsement (certificate: Buffer): SignedEndorsement {
  const values = readValues(certificate)
  if (values.length !== 1) {
    throw notVerified(`The certificate of the service must have one endorsement, and has ${values.length}`)
  }
  const endorsement = decodeEndorsement(values[0]!)
  if (endorsement === null) throw notVerified('The endorsement of the service has a form which is not known here')
  return endorsement
}

/** Reads the values of all extensions that are endorsements. */
function readValues (certificate: Buffer): Buffer[] {
  try {
    const [content] = readFields(readDer(certificate, SEQUENCE), CERTIFICATE)
    const extensions = readList(readDer(readFields(content, CONTENT)[7].content, SEQUENCE), SEQUENCE)
    return extensions.filter(isEndorsement).map(extension => {
      const [, value] = readFields(extension, [OBJECT_IDENTIFIER, OCTET_STRING])
      return readDer(value.content, OCTET_STRING).content
    })
  } catch (cause) {
    throw notVerified('The certificate is not one of generator-client: another server has answered', { cause })
  }
}

function isEndorsement ({ content }: DerElement): boolean {
  return readAll(content)[0]?.bytes.equals(OID) === true
}

function publicKeyOf (point: Buffer): KeyObject {
  const [x, y] = [point.subarray(0, 32), point.subarray(32)].map(number => number.toString('base64url'))
  return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'secp256k1', x: x!, y: y! } })
}
