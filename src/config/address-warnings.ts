import { setImmediate } from 'node:timers/promises'

/** Addresses by their field: an object, or its entries if there are thousands. */
export type Addresses = Record<string, string | undefined> | [field: string, address: string | undefined][]

/** They take about 2 ms. */
const ADDRESSES_PER_TURN = 1000

/** Warns of wrong EIP-55 checksums. Give `known` EIP-55 forms, because hashing 10,000 addresses takes half a second. */
export async function warnOfTypos (fields: Addresses, known?: Set<string>): Promise<{ warnings?: string[] }> {
  const mixed: [string, string][] = []
  for (const [index, [field, address = '']] of (Array.isArray(fields) ? fields : Object.entries(fields)).entries()) {
    if (index % ADDRESSES_PER_TURN === ADDRESSES_PER_TURN - 1) await setImmediate()
    if (/[a-f]/.test(address) && /[A-F]/.test(address)) mixed.push([field, address])
  }
  if (mixed.length === 0) return {}
  const { checksummed } = await import('../chain/address.js')
  const isRight = (address: string): boolean => known === undefined ? checksummed(address) === address : known.has(address)
  const warnings = mixed.filter(([, address]) => !isRight(address)).map(([field]) =>
    `${field}: the letter case does not fit the EIP-55 checksum, check it for a typo`)
  return warnings.length === 0 ? {} : { warnings }
}

/** Warns of a ws_url that no URL parser accepts, because a listener could not connect to it. */
export function warnOfWebSocket (path: string, url: string | undefined): string[] {
  return url === undefined || URL.canParse(url) ? [] : [`${path}ws_url: is not a URL, it is stored as given: set a wss:// URL if your listener uses one`]
}
