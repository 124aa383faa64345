import { hash } from 'node:crypto'

/** A text that nobody may see, in ASCII lower case. The first `shown` characters of it, such as a host, are no secret. */
export interface SecretText {
  text: string
  shown: number
}

/** Positions in a text: what must not be seen begins at `start`, what it is known by at `found`; both go up to but without `end`. */
export interface Span {
  found: number
  start: number
  end: number
}

/** Shorter texts are no secrets. It is also how far the search may jump: see `findTexts`. */
export const MINIMUM_LENGTH = 8
/** A key in hex: the API's, the enclave's, and that of the gas. */
export const KEY_DIGITS = 64
/** Fewer characters at the end of an unfinished text tell nothing, and may stand there by chance. */
const TELLING_LENGTH = 4
/** So many of them at the end of an unfinished text may be the beginning of the API key. */
const TELLING_DIGITS = 16
const BLOCK = 3
const FARTHEST = MINIMUM_LENGTH - BLOCK + 1
const SLOTS = 2 ** 16

/**
 * Finds secrets in a text, in one pass whatever their number: the search of Wu and Manber, which looks at every sixth place
 * where no secret is near. Letter case of ASCII does not count. `isKey` is asked for the SHA-256 of what looks like an API key.
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

  /** Finds what must not be seen of the text, in order and without overlaps. */
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

  /** A run of as many digits as a key has holds one of the characters that are looked at. */
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
      // The rest of a long run has been seen.
      while (index + KEY_DIGITS < end) index += KEY_DIGITS
    }
  }

  function isApiKey (digits: string): boolean {
    return digits.length === KEY_DIGITS && (isKey(hash('sha256', digits)) || isKey(hash('sha256', digits.toLowerCase())))
  }

  /** Where the end of an unfinished text begins what may become a secret; the text's length: nowhere. */
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

/** A number for the three characters that end at the index, the same for either letter case. */
function slotAt (text: string, index: number): number {
  return ((text.charCodeAt(index - 2) | 0x20) << 10 ^ (text.charCodeAt(index - 1) | 0x20) << 5 ^ (text.charCodeAt(index) | 0x20)) & (SLOTS - 1)
}

/** Upper-case ASCII letters become lower-case ones; every other character stays. */
function fold (code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code
}

/** Whether the first `length` characters of the secret stand at `start`. */
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
