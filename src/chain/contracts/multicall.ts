import { encodeCall } from './abi.js'

/** The address is the same on every chain (github.com/mds1/multicall). */
export const MULTICALL3 = '0xca11bde05977b3631167028862be2a173976ca11'

/** aggregate3((address target, bool allowFailure, bytes callData)[]) returns ((bool success, bytes returnData)[]) */
const AGGREGATE3 = '0x82ad56cb'
const WORD = 32

/** Encodes aggregate3 for calls that may fail. `data` is 0x hex. ethers takes a hundred times as long. */
export function encodeAggregate (calls: Array<{ to: string, data: string }>): string {
  const tuples = calls.map(({ to, data }) => {
    const bytes = data.slice(2)
    const padding = '0'.repeat((64 - bytes.length % 64) % 64)
    return `${encodeCall('', [to, '1', String(3 * WORD), String(bytes.length / 2)])}${bytes}${padding}`
  })
  let offset = calls.length * WORD
  const offsets = tuples.map(tuple => {
    const own = offset
    offset += tuple.length / 2
    return String(own)
  })
  return `${encodeCall(AGGREGATE3, [String(WORD), String(calls.length), ...offsets])}${tuples.join('')}`
}

/**
 * Decodes aggregate3's answer (0x hex) to the data of each call, or null for a failed one. Returns null if it does
 * not hold `count` calls.
 */
export function decodeAggregate (data: string, count: number): Array<string | null> | null {
  const hex = data.slice(2)
  /** Reads the number in a word. Returns NaN if it cannot be a place in the data. */
  const numberAt = (byte: number): number => {
    const word = hex.slice(byte * 2, (byte + WORD) * 2)
    return /^0{56}[0-9a-f]{8}$/i.test(word) ? Number.parseInt(word, 16) : NaN
  }
  const list = numberAt(0)
  if (numberAt(list) !== count) return null
  const first = list + WORD
  const results: Array<string | null> = []
  for (let index = 0; index < count; index++) {
    const tuple = first + numberAt(first + index * WORD)
    const bytes = tuple + numberAt(tuple + WORD)
    const length = numberAt(bytes)
    const returned = hex.slice((bytes + WORD) * 2, (bytes + WORD + length) * 2)
    if (returned.length !== length * 2) return null
    results.push(numberAt(tuple) === 1 ? `0x${returned}` : null)
  }
  return results
}
