/** Addresses by the field that they were given in. */
export type Addresses = Record<string, string | undefined>

/**
 * Warnings for addresses in mixed case that contradict their EIP-55 checksum: they may have a typo.
 * Takes the addresses by their field, answers what goes into the envelope.
 */
export async function warnOfTypos (fields: Addresses): Promise<{ warnings?: string[] }> {
  const mixed = Object.entries(fields).filter((entry): entry is [string, string] => isMixedCase(entry[1]))
  if (mixed.length === 0) return {}
  const { checksummed } = await import('./address.js')
  const warnings = mixed.filter(([, address]) => checksummed(address) !== address).map(([field]) =>
    `${field}: the letter case does not fit the EIP-55 checksum, check it for a typo`)
  return warnings.length === 0 ? {} : { warnings }
}

function isMixedCase (address = ''): boolean {
  return /[a-f]/.test(address) && /[A-F]/.test(address)
}
