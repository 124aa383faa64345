import { createHash } from 'node:crypto'

/**
 * The extension of the TLS certificate that holds the endorsement: UUID 971a1cb2-aab9-4476-bd9d-2bd3ec8ed0c8 in pieces,
 * below the arc that Microsoft keeps for UUIDs. Below 2.25 it would be one number, which Go and GnuTLS cannot read.
 */
export const ENDORSEMENT_OID = '1.2.840.113556.1.8000.2554.38682.7346.43705.17526.48541.2872300.9359560'

/**
 * Begins what the attested key signs for the channel. The enclave's other signatures are EIP-191 over keccak256, so
 * that none of them can stand for this one.
 */
const DOMAIN = Buffer.from('generator-client TLS endorsement 1\n')
const FORMAT = 1
const NOT_AFTER_AT = 1 + 16
const KEY_AT = NOT_AFTER_AT + 8
const SIGNATURE_AT = KEY_AT + 64
const BYTES = SIGNATURE_AT + 64

/** The facts that the attested key vouches for, beside the TLS key. */
export interface Endorsement {
  /** 16 random bytes, made at each start of the service. */
  bootId: Buffer
  /** The end of the certificate, a whole second. */
  notAfter: Date
  /** The secp256k1 key that signs and decrypts: 64 bytes, without the 04 prefix. */
  signingKey: Buffer
}

/** An endorsement as it travels. `signature` is r|s, 64 bytes, of SHA-256 over `endorsedBytes`. */
export interface SignedEndorsement extends Endorsement {
  signature: Buffer
}

/** The bytes that the attested key signs. `spki` is the TLS key as DER SubjectPublicKeyInfo. */
export function endorsedBytes (spki: Buffer, { bootId, notAfter, signingKey }: Endorsement): Buffer {
  return Buffer.concat([DOMAIN, createHash('sha256').update(spki).digest(), bootId, secondsOf(notAfter), signingKey])
}

/** The value of the extension: format 1, boot id, seconds of notAfter (u64, big-endian), signing key, signature. */
export function encodeEndorsement ({ bootId, notAfter, signingKey, signature }: SignedEndorsement): Buffer {
  return Buffer.concat([Buffer.of(FORMAT), bootId, secondsOf(notAfter), signingKey, signature])
}

/** Reads what `encodeEndorsement` wrote. Returns null for anything else. It does not check the signature. */
export function decodeEndorsement (bytes: Buffer): SignedEndorsement | null {
  if (bytes.length !== BYTES || bytes[0] !== FORMAT) return null
  return {
    bootId: bytes.subarray(1, NOT_AFTER_AT),
    notAfter: new Date(Number(bytes.readBigUInt64BE(NOT_AFTER_AT)) * 1000),
    signingKey: bytes.subarray(KEY_AT, SIGNATURE_AT),
    signature: bytes.subarray(SIGNATURE_AT),
  }
}

function secondsOf (time: Date): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(time.getTime() / 1000))
  return bytes
}
