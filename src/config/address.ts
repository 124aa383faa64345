import { setImmediate } from 'node:timers/promises'
import { getAddress } from 'ethers/address'

/** Hashes between two turns of the event loop: some 4 ms, so that others are answered while 10,000 addresses are hashed. */
const HASHES_PER_TURN = 100

/** EIP-55 form of an address in any letter case. */
export function checksummed (address: string): string {
  return getAddress(address.toLowerCase())
}

/** EIP-55 forms by the addresses as given. */
export async function checksumAll (addresses: string[]): Promise<Map<string, string>> {
  const checksums = new Map<string, string>()
  for (const [index, address] of addresses.entries()) {
    if (index % HASHES_PER_TURN === HASHES_PER_TURN - 1) await setImmediate()
    checksums.set(address, checksummed(address))
  }
  return checksums
}
