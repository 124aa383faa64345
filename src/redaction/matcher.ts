import { hash } from 'node:crypto'

/** A secret text, in ASCII lower case. Its first `shown` characters, such as a host, are public. */
export interface SecretText {
  text: string
  shown: number
}

/** Positions in a text. The hidden part begins at `start`, the matched part at `found`. Both end before `end`. */
export interface Span {
  found: number
  start: number
  end: number
}

/** Shorter texts are no secrets. The length also bounds the jumps of the search, see `findTexts`. */
export const MINIMUM_LENGTH = 8
/** The length of a key in hex: the API key, the enclave's and the gas key. */
export const KEY_DIGITS = 64
/** Fewer characters at the end of an unfinished text reveal nothing, and may be there by chance. */
const TELLING_LENGTH = 4
/** So many digits at the end of an unfinished text may begin the API key. */
const TELLING_DIGITS = 16
const BLOCK = 3
const FARTHEST = MINIMUM_LENGTH - BLOCK + 1
const SLOTS = 2 ** 16

/**
 * Finds secrets in one pass, whatever their number. It uses the search of Wu and Manber, which looks at every sixth
 * place where no secret is near. The case of ASCII letters does not count. `isKey` judges the SHA-256 of text that
 * looks like an API key.
 */
export function createMatcher (secrets: SecretText[], isKey: (digest: string) => boolean) {
  const jumps = new Uint8Array(SLOTS).fill(FARTHEST)
  const candidates = new Map<number, SecretText[]>()
  for (const secret of secrets) {
    for (let index = BLOCK - 1; index < MINIMUM_LENGTH; index++) {
      const slot = slotAt(secret.text, index)
      jumps[slot] = Math.min(jumps[slot]!, MINIMUM_LENGTH - 1 - index)
    }
    const slot = slotAt(secret.text, MINIMUM_LENGTH - 1)
    candidates.set(slot, [...candidates.get(slot) ?? [], secret])
  }
  const longest = Math.max(KEY_DIGITS, ...secrets.map(({ text }) => text.length))

  /** Finds the spans to hide, in order and without overlaps. */
  function find (text: string): Span[] {
    const spans: Span[] = []
    findTexts(text, spans)
    findKeys(text, spans)
    return spans.length < 2 ? spans : merged(spans)
  }

  function findTexts (text: string, spans: Span[]): void {
    let index = MINIMUM_LENGTH - 1
    while (index < text.length) {
      const slot = slotAt(text, index)
      const jump = jumps[slot]!
      if (jump === 0) {
        const start = index - MINIMUM_LENGTH + 1
        for (const secret of candidates.get(slot)!) {
          if (isAt(secret.text, text, start)) spans.push(spanOf(secret, text, start))
        }
      }
      index += Math.max(1, jump)
    }
  }

  /** Each run of digits as long as a key contains one of the sampled characters. */
  function findKeys (text: string, spans: Span[]): void {
    for (let index = KEY_DIGITS - 1; index < text.length; index += KEY_DIGITS) {
      if (!isHexDigit(text.charCodeAt(index))) continue
      let start = index
      while (start > 0 && isHexDigit(text.charCodeAt(start - 1))) start--
      let end = index + 1
      while (end < text.length && isHexDigit(text.charCodeAt(end))) end++
      for (const first of new Set([start, end - KEY_DIGITS])) {
        if (first >= start && isApiKey(text.slice(first, first + KEY_DIGITS))) spans.push({ found: first, start: first, end: first + KEY_DIGITS })
      }
      // Skip the rest of a long run, which has been checked.
      while (index + KEY_DIGITS < end) index += KEY_DIGITS
    }
  }

  function isApiKey (digits: string): boolean {
    return digits.length === KEY_DIGITS && (isKey(hash('sha256', digits)) || isKey(hash('sha256', digits.toLowerCase())))
  }

  /** Finds where the end of an unfinished text may begin a secret. Returns the text's length if nowhere. */
  function findOpenEnd (text: string): number {
    for (let start = Math.max(0, text.length - longest + 1); start < text.length; start++) {
      const begun = secrets.find(secret => text.length - start >= secret.shown + TELLING_LENGTH && isAt(secret.text, text, start, text.length - start))
      if (begun !== undefined) return start + begun.shown
      if (text.length - start === TELLING_DIGITS && /^[\da-f]+$/i.test(text.slice(start))) return text.length - /[\da-f]*$/i.exec(text)![0].length
    }
    return text.length
  }

  return { find, findOpenEnd, longest }
}

export type Matcher = ReturnType<typeof createMatcher>

/** Maps the three characters before the index to a number, the same for upper and lower case. */
function slotAt (text: string, index: number): number {
  return ((text.charCodeAt(index - 2) | 0x20) << 10 ^ (text.charCodeAt(index - 1) | 0x20) << 5 ^ (text.charCodeAt(index) | 0x20)) & (SLOTS - 1)
}

/** Turns upper-case ASCII letters into lower case and keeps every other character. */
function fold (code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code
}

/** Checks for the first `length` characters of the secret at `start`. */
function isAt (secret: string, text: string, start: number, length = secret.length): boolean {
  if (start + length > text.length || length > secret.length) return false
  for (let index = 0; index < length; index++) {
    if (fold(text.charCodeAt(start + index)) !== secret.charCodeAt(index)) return false
  }
  return true
}

function spanOf ({ text: secret, shown }: SecretText, text: string, start: number): Span {
  const hasPrefix = shown === 0 && text.charAt(start - 2) === '0' && fold(text.charCodeAt(start - 1)) === 0x78
  const found = hasPrefix ? start - 2 : start
  return { found, start: found + shown, end: start + secret.length }
}

function isHexDigit (code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66)
}

function merged (spans: Span[]): Span[] {
  const result: Span[] = []
  for (const span of spans.toSorted((one, other) => one.start - other.start)) {
    const last = result.at(-1)
    if (last === undefined || span.start >= last.end) {
      result.push({ ...span })
    } else {
      last.found = Math.min(last.found, span.found)
      last.end = Math.max(last.end, span.end)
    }
  }
  return result
}
