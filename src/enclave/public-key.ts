import { ECDH } from 'node:crypto'

const FORMS = /^(0[23][0-9a-f]{64}|(04)?[0-9a-f]{128})$/i

/** Reads hex of 33, 64 or 65 bytes, with or without 0x. Returns the 65-byte point. Throws a TypeError. */
export function parsePublicKey (text: string): Uint8Array {
  const digits = text.replace(/^0x/, '')
  try {
    if (!FORMS.test(digits)) throw new Error('wrong length, prefix or digits')
    return Buffer.from(ECDH.convertKey(`${digits.length === 128 ? '04' : ''}${digits}`, 'secp256k1', 'hex', 'hex', 'uncompressed') as string, 'hex')
  } catch (cause) {
    throw new TypeError('A public key must be a secp256k1 point: hex of 33, 64 or 65 bytes', { cause })
  }
}

/** Returns the 33-byte form, 0x hex, which fetchGeneratorPublicKeys answers. */
export function compressPublicKey (point: Uint8Array): string {
  return `0x${ECDH.convertKey(point, 'secp256k1', undefined, 'hex', 'compressed') as string}`
}
