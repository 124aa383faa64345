import { getAddress } from 'ethers/address'

/** EIP-55 form of an address in any letter case. */
export function checksummed (address: string): string {
  return getAddress(address.toLowerCase())
}
