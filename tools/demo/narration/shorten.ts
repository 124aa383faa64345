const LONGEST_JSON = 160
/** Matches keys, signatures and the like. Addresses, of 40 digits, stay readable. */
const LONG_HEX = /^(?:0x)?[0-9a-f]{60,}$/i

/** Prints JSON on one line. Hides the gas key, abridges long hex, and cuts the end. */
export function shortJson (value: unknown): string {
  const text = JSON.stringify(value, (name, field) => name === 'private_key' ? '…' : abridge(field))
  return cut(text, LONGEST_JSON)
}

export function cut (text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`
}

function abridge (value: unknown): unknown {
  return typeof value === 'string' && LONG_HEX.test(value) ? `${value.slice(0, 8)}…${value.slice(-4)}` : value
}
