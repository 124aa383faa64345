// The package's main file has all hashes, and takes 80 ms to load. This one takes 15.
import hashes from 'hash-wasm/dist/keccak.umd.min.js'

const hasher = await hashes.createKeccak(256)

/** Hashes the concatenated parts with Keccak-256, Ethereum's hash. FIPS 202's SHA3-256 differs from it. */
export function keccak256 (...parts: Uint8Array[]): Buffer {
  hasher.init()
  for (const part of parts) hasher.update(part)
  return Buffer.from(hasher.digest('binary'))
}

/** Returns the address of a public key, 0x hex in lower case. The key is 64 bytes without the 04 prefix. */
export function addressOf (publicKey: Uint8Array): string {
  return `0x${keccak256(publicKey).toString('hex', 12)}`
}
