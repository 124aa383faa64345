const [QUOTE, COLON, BACKSLASH, OPENING_BRACKET, CLOSING_BRACKET, OPENING_BRACE, CLOSING_BRACE] = [0x22, 0x3a, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d]

export type Excess = 'levels' | 'keys'

/**
 * Finds an excess of nesting or keys before a JSON text is parsed, and stops at the first one. A parser needs seconds
 * for millions of nested arrays or objects, and 0.3 s for 330,000 keys.
 */
export function findExcess (text: Buffer, { levels, keys }: Record<Excess, number>): Excess | undefined {
  let depth = 0
  let count = 0
  let isInString = false
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]
    if (byte === QUOTE) isInString = !isInString
    else if (isInString) at += byte === BACKSLASH ? 1 : 0
    else if (byte === COLON) count += 1
    else if (byte === OPENING_BRACKET || byte === OPENING_BRACE) depth += 1
    else if (byte === CLOSING_BRACKET || byte === CLOSING_BRACE) depth -= 1
    if (depth > levels) return 'levels'
    if (count > keys) return 'keys'
  }
  return undefined
}
