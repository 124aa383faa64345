const WORD_BYTES = 32

/**
 * Encodes `address` (0x and 40 hex digits) and `bytes` values like Solidity's abi.encode. ethers takes a second for a
 * megabyte. Source: Solidity's ABI specification, "Formal Specification of the Encoding".
 */
export function abiEncode (...values: Array<string | Uint8Array>): Buffer {
  const heads: Uint8Array[] = []
  const tails: Uint8Array[] = []
  let offset = values.length * WORD_BYTES
  for (const value of values) {
    if (typeof value === 'string') {
      heads.push(Buffer.from(value.slice(2).padStart(WORD_BYTES * 2, '0'), 'hex'))
      continue
    }
    const padding = Buffer.alloc(-value.length & (WORD_BYTES - 1))
    heads.push(encodeNumber(offset))
    tails.push(encodeNumber(value.length), value, padding)
    offset += WORD_BYTES + value.length + padding.length
  }
  return Buffer.concat([...heads, ...tails])
}

function encodeNumber (value: number): Buffer {
  const word = Buffer.alloc(WORD_BYTES)
  word.writeUInt32BE(value, WORD_BYTES - 4)
  return word
}
