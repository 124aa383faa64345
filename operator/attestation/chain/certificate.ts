import { createHash, type KeyObject, X509Certificate } from 'node:crypto'
import { check, refuse } from '../check.js'
import { type DerElement, readAll, readDer, readFields, TAGS } from '../der.js'
import { type Extensions, readExtensions } from './extensions.js'
import { readName } from './names.js'
import { readTime } from './times.js'
import { readInteger, readWholeBytes } from './values.js'

export interface Certificate {
  /** Bytes of DER: names are equal when their bytes are. */
  issuer: Buffer
  subject: Buffer
  notBefore: Date
  notAfter: Date
  extensions: Extensions
  key: KeyObject
  /** For people. */
  name: string
  /** SHA-256 of the DER, in hex. */
  sha256: string
  isSignedBy: (key: KeyObject) => boolean
}

const { BIT_STRING, CONTEXT_0, CONTEXT_3, INTEGER, SEQUENCE } = TAGS
const VERSION_3 = Buffer.of(2)
/** AWS writes a zero before 20 bytes. */
const LONGEST_SERIAL = 21
/** The AlgorithmIdentifier of ecdsa-with-SHA384 has no parameters (RFC 5758, 3.2). */
const ECDSA_WITH_SHA384 = Buffer.from('300a06082a8648ce3d040303', 'hex')
/** The start of each SubjectPublicKeyInfo of P-384: its algorithm, and the mark of a point that is not compressed. */
const P384_START = Buffer.from('3076301006072a8648ce3d020106052b8104002203620004', 'hex')
const P384_BYTES = 120

/** Reads a certificate (RFC 5280) without checking its signature. Throws an AttestationError. */
export function readCertificate (der: Buffer): Certificate {
  const [signed, algorithm, signature] = readFields(readDer(der, SEQUENCE), [SEQUENCE, SEQUENCE, BIT_STRING])
  const [version, serial, innerAlgorithm, issuer, validity, subject, key, extensions] = readFields(
    signed, [CONTEXT_0, INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, CONTEXT_3]
  )
  readWholeBytes(signature)
  check(
    'certificate-algorithm',
    [algorithm, innerAlgorithm].every(({ bytes }) => ECDSA_WITH_SHA384.equals(bytes)),
    'A certificate is not signed with ECDSA and SHA-384'
  )
  check(
    'certificate-version', VERSION_3.equals(readFields(version, [INTEGER])[0].content),
    'A certificate is not of version 3'
  )
  const number = readInteger(serial)
  check(
    'certificate-serial', number.length <= LONGEST_SERIAL && !number.equals(Buffer.of(0)),
    'A certificate has a wrong serial number'
  )
  check(
    'certificate-key',
    key.bytes.length === P384_BYTES && key.bytes.subarray(0, P384_START.length).equals(P384_START),
    'A certificate has a key that is not on P-384'
  )
  readName(issuer)
  return {
    issuer: issuer.bytes,
    subject: subject.bytes,
    ...readValidity(validity),
    extensions: readExtensions(extensions),
    name: readName(subject),
    sha256: createHash('sha256').update(der).digest('hex'),
    ...openCertificate(der),
  }
}

function readValidity ({ content }: DerElement): { notBefore: Date, notAfter: Date } {
  const [from, to, ...others] = readAll(content)
  const isPair = from !== undefined && to !== undefined && others.length === 0
  check('certificate-validity', isPair, 'A certificate has a validity in a wrong form')
  return { notBefore: readTime(from), notAfter: readTime(to) }
}

/** OpenSSL checks signatures here, and nothing else. */
function openCertificate (der: Buffer): Pick<Certificate, 'key' | 'isSignedBy'> {
  try {
    const certificate = new X509Certificate(der)
    return { key: certificate.publicKey, isSignedBy: key => certificate.verify(key) }
  } catch (cause) {
    return refuse('certificate-readable', 'A certificate has a key that is not on P-384', cause)
  }
}
