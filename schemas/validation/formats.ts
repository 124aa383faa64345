/** Order of the secp256k1 group (SEC 2, section 2.4.1): private keys are 1 … order - 1. */
const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const UINT256_LIMIT = 2n ** 256n

export interface Format {
  /** Describes the format in error messages and in the documentation. */
  expected: string
  /** The form of every such text, for the documentation. `validate` may demand more. */
  pattern?: RegExp
  validate: (text: string) => boolean
}

const ADDRESS = /^0x[0-9a-fA-F]{40}$/
const PRIVATE_KEY = /^(?:0x)?([0-9a-fA-F]{64})$/
const MARKET_HASH = /^0x[0-9a-fA-F]{64}$/
const UINT256 = /^(0|[1-9]\d{0,77})$/
/** The URL parser drops some of these, so a checked URL would differ from the stored one. */
const BLANKS_AND_CONTROL_CHARACTERS = /[\0-\x20\x7f]/
const SHA256 = /^[0-9a-fA-F]{64}$/
const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const HEX = /^(?:0x)?([0-9a-fA-F]{2})+$/

export const formats = {
  address: { expected: '0x followed by 40 hexadecimal digits', pattern: ADDRESS, validate: (text: string) => ADDRESS.test(text) },
  'private-key': {
    expected: 'a secp256k1 private key: 64 hexadecimal digits, with or without 0x, not zero and below the group order',
    pattern: PRIVATE_KEY,
    validate: isPrivateKey,
  },
  market: {
    expected: 'a market id: a decimal uint256, or 0x followed by 64 hexadecimal digits',
    pattern: new RegExp(`${MARKET_HASH.source}|${UINT256.source}`),
    validate: (text: string) => MARKET_HASH.test(text) || (UINT256.test(text) && BigInt(text) < UINT256_LIMIT),
  },
  'http-url': { expected: 'an http:// or https:// URL without blanks and control characters', validate: (text: string) => hasScheme(text, 'http:', 'https:') },
  'optional-url': {
    expected: 'an http:// or https:// URL without blanks and control characters, or empty',
    validate: (text: string) => text === '' || hasScheme(text, 'http:', 'https:'),
  },
  'ws-url': {
    expected: 'a ws:// or wss:// URL, or text that is no URL, without blanks and control characters',
    // Clients of listeners that ignore the field send such text.
    validate: (text: string) => isPrintable(text) && (!URL.canParse(text) || hasScheme(text, 'ws:', 'wss:')),
  },
  port: { expected: 'a port number from 1 to 65535', validate: (text: string) => /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65535 },
  'line-count': { expected: 'a number of lines from 1 to 1000', validate: (text: string) => /^[1-9]\d{0,3}$/.test(text) && Number(text) <= 1000 },
  text: {
    expected: 'well-formed text without NUL characters',
    validate: (text: string) => text.isWellFormed() && !text.includes('\0'),
  },
  'key-digest': {
    expected: 'the SHA-256 of a key that is not empty: 64 hexadecimal digits',
    pattern: SHA256,
    validate: (text: string) => SHA256.test(text) && text.toLowerCase() !== SHA256_OF_NOTHING,
  },
  hex: { expected: 'an even number of hexadecimal digits, with or without 0x', pattern: HEX, validate: (text: string) => HEX.test(text) },
} satisfies Record<string, Format>

export const ajvFormats = Object.fromEntries(Object.entries<Format>(formats).map(([name, { validate }]) => [name, validate]))

function isPrivateKey (text: string): boolean {
  const digits = PRIVATE_KEY.exec(text)?.[1]
  if (digits === undefined) return false
  const scalar = BigInt(`0x${digits}`)
  return scalar > 0n && scalar < SECP256K1_ORDER
}

function isPrintable (text: string): boolean {
  return text.isWellFormed() && !BLANKS_AND_CONTROL_CHARACTERS.test(text)
}

function hasScheme (text: string, ...schemes: string[]): boolean {
  return isPrintable(text) && URL.canParse(text) && schemes.includes(new URL(text).protocol)
}
