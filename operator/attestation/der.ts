import { check } from './check.js'

export const TAGS = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  OBJECT_IDENTIFIER: 0x06,
  UTF8_STRING: 0x0c,
  PRINTABLE_STRING: 0x13,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30,
  SET: 0x31,
  CONTEXT_0: 0xa0,
  CONTEXT_3: 0xa3,
} as const

/** An element of DER (X.690): its tag, its content, and all of its bytes. */
export interface DerElement {
  tag: number
  content: Buffer
  bytes: Buffer
}

const LONG_TAG = 0x1f
/** The largest length has two bytes, because a document has at most 16 KiB. */
const LARGEST_LENGTH_BYTES = 2

const TOO_SHORT = 'A certificate ends too early'
const WRONG_TYPE = 'A certificate has a field of a wrong type'

/** Reads bytes that hold one element and nothing else. Throws an AttestationError for all that is not strict DER. */
export function readDer (bytes: Buffer, tag: number): DerElement {
  const element = readElement(bytes)
  check('der-trailing', element.bytes.length === bytes.length, 'A certificate has bytes behind its end')
  check('der-tag', element.tag === tag, WRONG_TYPE)
  return element
}

/** Reads the content as elements of exactly these tags. */
export function readFields<const Tags extends readonly number[]> (
  { content }: DerElement, tags: Tags
): { [Place in keyof Tags]: DerElement } {
  const fields = readAll(content)
  check('der-fields', fields.length === tags.length, 'A certificate has a field too many or too few')
  for (const [place, { tag }] of fields.entries()) check('der-tag', tag === tags[place], WRONG_TYPE)
  return fields as { [Place in keyof Tags]: DerElement }
}

/** Reads the content as one or more elements of one tag. */
export function readList ({ content }: DerElement, tag: number): DerElement[] {
  const items = readAll(content)
  check('der-empty-list', items.length > 0, 'A certificate has an empty list')
  for (const item of items) check('der-tag', item.tag === tag, WRONG_TYPE)
  return items
}

/** Reads the content as elements of any tag. */
export function readAll (content: Buffer): DerElement[] {
  const elements: DerElement[] = []
  for (let rest = content; rest.length > 0;) {
    const element = readElement(rest)
    elements.push(element)
    rest = rest.subarray(element.bytes.length)
  }
  return elements
}

function readElement (bytes: Buffer): DerElement {
  check('der-cut', bytes.length >= 2, TOO_SHORT)
  const [tag = 0, first = 0] = bytes
  check('der-long-tag', (tag & LONG_TAG) !== LONG_TAG, 'A certificate has a tag of several bytes')
  const lengthBytes = first < 0x80 ? 0 : first - 0x80
  check('der-indefinite', first !== 0x80, 'A certificate has an element without a length')
  check('der-huge', lengthBytes <= LARGEST_LENGTH_BYTES, 'A certificate has an element that is too long')
  const start = 2 + lengthBytes
  check('der-cut', bytes.length >= start, TOO_SHORT)
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes)
  check(
    'der-long-length', lengthBytes === shortestLengthBytes(length), 'A certificate has a length in a form that is too long'
  )
  check('der-cut', bytes.length >= start + length, TOO_SHORT)
  return { tag, content: bytes.subarray(start, start + length), bytes: bytes.subarray(0, start + length) }
}

function shortestLengthBytes (length: number): number {
  if (length < 0x80) return 0
  return length < 0x100 ? 1 : 2
}
