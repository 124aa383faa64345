/** Encodes a call with arguments of 32 bytes each: addresses and market ids, decimal or 0x. */
export function encodeCall (selector: string, values: string[]): string {
  return selector + values.map(value => BigInt(value).toString(16).padStart(64, '0')).join('')
}

/** Splits returned data into 32-byte words. The words of a string or of bytes stand where its offset word says. */
export function decodeWords (data: string): bigint[] {
  return (data.slice(2).match(/.{64}/g) ?? []).map(word => BigInt(`0x${word}`))
}

/** Decodes returned `bytes` to 0x hex, or to null when the data holds none. */
export function decodeBytes (data: string): string | null {
  const [offset, length] = decodeWords(data)
  const bytes = data.slice(130, 130 + Number(length) * 2)
  return offset === 32n && bytes.length === Number(length) * 2 ? `0x${bytes.toLowerCase()}` : null
}
