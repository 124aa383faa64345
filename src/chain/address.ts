import { setImmediate } from 'node:timers/promises'
import { keccak256 } from '../enclave/keccak.js'

/** Hashes between two turns of the event loop, about 4 ms. So others get answers while 10,000 addresses are hashed. */
const HASHES_PER_TURN = 100

/** Returns the EIP-55 form of an address in any letter case. */
export function checksummed (address: string): string {
  const digits = address.slice(2).toLowerCase()
  const hash = keccak256(Buffer.from(digits)).toString('hex')
  return `0x${Array.from(digits, (digit, place) => hash[place]! >= '8' ? digit.toUpperCase() : digit).join('')}`
}

export async function checksumAll (addresses: string[]): Promise<Map<string, string>> {
  const checksums = new Map<string, string>()
  for (const [index, address] of addresses.entries()) {
    if (index % HASHES_PER_TURN === HASHES_PER_TURN - 1) await setImmediate()
    checksums.set(address, checksummed(address))
  }
  return checksums
}
