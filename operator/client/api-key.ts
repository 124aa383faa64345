/** A new API key: 256 random bits, 64 hex digits. */
export function makeApiKey (): string {
  return toHex(crypto.getRandomValues(new Uint8Array(32)))
}

/** The SHA-256 of a key, hex. */
export async function digestOf (key: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key))))
}

function toHex (bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
