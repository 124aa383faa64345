import { AbiCoder } from 'ethers/abi'
import { keccak256, SigningKey } from 'ethers/crypto'
import { hashMessage } from 'ethers/hash'
import { getBytes } from 'ethers/utils'

/** r and s: 32-byte 0x hex, left-padded; v: 27 or 28. */
export interface Signature {
  r: string
  s: string
  v: 27 | 28
}

/** EIP-191 personal_sign over the 32 bytes keccak256(abi.encode(values)) (kalypso.md, section 1); deterministic, RFC 6979. */
export function signEncoded (secret: Uint8Array, types: string[], values: unknown[]): Signature {
  const digest = keccak256(AbiCoder.defaultAbiCoder().encode(types, values))
  const { r, s, v } = new SigningKey(secret).sign(hashMessage(getBytes(digest)))
  return { r, s, v }
}

/** The 20-byte address of a public key: 64 bytes, no 04 prefix; 0x hex in lower case. */
export function addressOf (publicKey: Uint8Array): string {
  return `0x${keccak256(publicKey).slice(-40)}`
}
