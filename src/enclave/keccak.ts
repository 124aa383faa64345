import { createKeccak } from 'hash-wasm'

const hasher = await createKeccak(256)

/** Keccak-256, Ethereum's hash, which is not FIPS 202's SHA3-256: the 32 bytes for the parts, one after another. */
export function keccak256 (...parts: Uint8Array[]): Buffer {
  hasher.init()
  for (const part of parts) hasher.update(part)
  return Buffer.from(hasher.digest('binary'))
}

/** The 20-byte address of a public key: 64 bytes, no 04 prefix; 0x hex in lower case. */
export function addressOf (publicKey: Uint8Array): string {
  return `0x${keccak256(publicKey).toString('hex', 12)}`
}
