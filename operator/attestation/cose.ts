import { type KeyObject, verify } from 'node:crypto'
import { decodeCbor } from './cbor.js'
import { check } from './check.js'

/** COSE_Sign1 (RFC 9052, 4.2), without a tag, as Nitro writes it. */
export interface SignedMessage {
  payload: Uint8Array
  signature: Uint8Array
}

export const LARGEST_DOCUMENT_BYTES = 16 * 1024
/** The map {1: -35}: the algorithm is ES384. */
const PROTECTED_HEADER = Buffer.from('a1013822', 'hex')
const ES384_SIGNATURE_BYTES = 96
/** CBOR of the start of a Sig_structure (RFC 9052, 4.4), up to its payload: an array of four, whose third is empty bytes. */
const SIGNED_START = Buffer.concat([
  Buffer.of(0x84, 0x6a), Buffer.from('Signature1'), Buffer.of(0x44), PROTECTED_HEADER, Buffer.of(0x40)
])

/** Reads the message without checking its signature. Throws an AttestationError. */
export function readMessage (bytes: Buffer): SignedMessage {
  check(
    'size', bytes.length <= LARGEST_DOCUMENT_BYTES, `The document is larger than ${LARGEST_DOCUMENT_BYTES} bytes`
  )
  const message = decodeCbor(bytes)
  check('cose-parts', Array.isArray(message) && message.length === 4, 'The document is not a COSE_Sign1 message')
  const [header, unprotected, payload, signature] = message as unknown[]
  check(
    'protected-header',
    header instanceof Uint8Array && PROTECTED_HEADER.equals(header), 'The protected header does not say ES384 alone'
  )
  check(
    'unprotected-header', unprotected instanceof Map && unprotected.size === 0, 'The unprotected header is not empty'
  )
  check('payload-bytes', payload instanceof Uint8Array, 'The document has no payload')
  check(
    'signature-length',
    signature instanceof Uint8Array && signature.length === ES384_SIGNATURE_BYTES, 'The signature has not 96 bytes'
  )
  return { payload, signature }
}

/** Checks the signature. (r, n-s) verifies as well as (r, s), so that the bytes of a document do not identify it. */
export function checkSignature ({ payload, signature }: SignedMessage, key: KeyObject): void {
  const signed = Buffer.concat([SIGNED_START, byteStringHead(payload.length), payload])
  const isValid = verify('sha384', signed, { key, dsaEncoding: 'ieee-p1363' }, signature)
  check('signature', isValid, 'The signature is not that of the certificate: the document was altered')
}

/** The head of a byte string in CBOR. Payloads hold certificates, so they have 256 to 65,535 bytes. */
function byteStringHead (length: number): Buffer {
  return Buffer.of(0x59, length >> 8, length & 0xff)
}
