import { recover, signRecoverable } from 'tiny-secp256k1'
import { abiEncode } from './abi-encode.js'
import { keccak256 } from './keccak.js'

/** EIP-191, version 0x45: what personal_sign puts before a message of 32 bytes. */
const PERSONAL_PREFIX = Buffer.from('\x19Ethereum Signed Message:\n32')

/** r and s: 32-byte 0x hex, left-padded; v: 27 or 28. */
export interface Signature {
  r: string
  s: string
  v: 27 | 28
}

/** The 65 bytes r|s|v. */
export function signatureBytes ({ r, s, v }: { r: string, s: string, v: number }): Buffer {
  return Buffer.from(`${r.slice(2)}${s.slice(2)}${v.toString(16)}`, 'hex')
}

/** EIP-191 personal_sign over the 32 bytes keccak256(abi.encode(values)), as Kalypso's contracts recover it. Deterministic, RFC 6979. */
export function signEncoded (secret: Uint8Array, ...values: Array<string | Uint8Array>): Signature {
  const { signature, recoveryId } = signRecoverable(digestOf(values), secret)
  const digits = Buffer.from(signature).toString('hex')
  return { r: `0x${digits.slice(0, 64)}`, s: `0x${digits.slice(64)}`, v: recoveryId === 0 ? 27 : 28 }
}

/** The 65-byte point of the key that made the signature r|s|v with `signEncoded`; null where it is no signature of any key. */
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
