import { hash } from 'node:crypto'
import { recover, sign, signRecoverable } from 'tiny-secp256k1'
import { abiEncode } from './abi-encode.js'
import { keccak256 } from './keccak.js'

/** EIP-191, version 0x45: personal_sign puts this before a message of 32 bytes. */
const PERSONAL_PREFIX = Buffer.from('\x19Ethereum Signed Message:\n32')

/** r and s are left-padded 32-byte 0x hex. */
export interface Signature {
  r: string
  s: string
  v: 27 | 28
}

/** Returns the 65 bytes r|s|v. */
export function signatureBytes ({ r, s, v }: { r: string, s: string, v: number }): Buffer {
  return Buffer.from(`${r.slice(2)}${s.slice(2)}${v.toString(16)}`, 'hex')
}

/** Signs keccak256(abi.encode(values)) by personal_sign (EIP-191). The result is deterministic (RFC 6979). */
export function signEncoded (secret: Uint8Array, ...values: Array<string | Uint8Array>): Signature {
  const { signature, recoveryId } = signRecoverable(digestOf(values), secret)
  const digits = Buffer.from(signature).toString('hex')
  return { r: `0x${digits.slice(0, 64)}`, s: `0x${digits.slice(64)}`, v: recoveryId === 0 ? 27 : 28 }
}

/** Signs SHA-256 of the bytes. Returns r|s, 64 bytes. The result is deterministic (RFC 6979). */
export function signSha256 (secret: Uint8Array, bytes: Uint8Array): Uint8Array {
  return sign(hash('sha256', bytes, 'buffer'), secret)
}

/** Returns the 65-byte point of the key that signed with `signEncoded`. Null: r|s|v is no signature of any key. */
export function recoverSigner (signature: Uint8Array, ...values: Array<string | Uint8Array>): Uint8Array | null {
  const v = signature[64]
  if (v !== 27 && v !== 28) return null
  try {
    return recover(digestOf(values), signature.subarray(0, 64), v === 27 ? 0 : 1)
  } catch {
    return null
  }
}

function digestOf (values: Array<string | Uint8Array>): Buffer {
  return keccak256(PERSONAL_PREFIX, keccak256(abiEncode(...values)))
}
