import type { EncryptedRequest } from '../../schemas/encrypted.js'
import { CodedError } from '../errors.js'

type Field = keyof EncryptedRequest
export type EncryptedFields = Partial<Record<Field, Buffer>>

export const ENCRYPTED_FIELDS: readonly Field[] = ['request', 'response_key', 'signature']

const MEMBER = /^[ \t\n\r]*([{,])[ \t\n\r]*"(request|response_key|signature)"[ \t\n\r]*:[ \t\n\r]*$/
const END = /^[ \t\n\r]*\}[ \t\n\r]*$/
/** No client puts more bytes than this between two arrays. */
const BETWEEN_ARRAYS = 128
const [ZERO, NINE, COMMA, CLOSING_BRACKET] = [0x30, 0x39, 0x2c, 0x5d]

/**
 * Reads an encrypted body straight from its JSON text, which may hold a million entries. This is two to four times as
 * fast as JSON.parse, and ends at the first entry that is no byte. Returns null for every other text and leaves it to
 * JSON.parse. Throws ENCRYPTED_BODY_INVALID, which names the field.
 */
export function readEncryptedBody (text: Buffer): EncryptedFields | null {
  const body: EncryptedFields = {}
  let at = 0
  for (let bracket = text.indexOf('['); bracket !== -1; bracket = text.indexOf('[', at)) {
    const [, before, name] = MEMBER.exec(text.toString('latin1', at, Math.min(bracket, at + BETWEEN_ARRAYS))) ?? []
    const field = name as Field | undefined
    if (field === undefined || before !== (at === 0 ? '{' : ',') || Object.hasOwn(body, field)) return null
    const { bytes, end } = readBytes(text, bracket + 1) ?? refuse(field)
    body[field] = bytes
    at = end
  }
  const isEnd = at > 0 && text.length - at < BETWEEN_ARRAYS && END.test(text.toString('latin1', at))
  return isEnd ? body : null
}

/** Reads the array whose entries begin at `start`, and returns where it ends. Null: something else is in it. */
function readBytes (text: Buffer, start: number): { bytes: Buffer, end: number } | null {
  // An entry takes two characters at least.
  const bytes = Buffer.allocUnsafe((text.length - start) >> 1)
  let length = 0
  let [value, digits, isOver] = [0, 0, false]
  for (let at = start; at < text.length; at++) {
    const character = text[at]!
    if (character >= ZERO && character <= NINE) {
      const hasLeadingZero = digits > 0 && value === 0
      if (isOver || hasLeadingZero) return null
      value = value * 10 + character - ZERO
      digits += 1
      if (value > 255) return null
    } else if (character === COMMA || character === CLOSING_BRACKET) {
      const isEmpty = character === CLOSING_BRACKET && length === 0 && digits === 0
      if (digits === 0 && !isEmpty) return null
      if (!isEmpty) bytes[length++] = value
      if (character === CLOSING_BRACKET) return { bytes: bytes.subarray(0, length), end: at + 1 };
      [value, digits, isOver] = [0, 0, false]
    } else if (isSpace(character)) {
      isOver = digits > 0
    } else {
      return null
    }
  }
  return null
}

function isSpace (character: number): boolean {
  return character === 0x20 || character === 0x0a || character === 0x0d || character === 0x09
}

function refuse (field: Field): never {
  throw encryptedBodyInvalid(field, 'must be an array of bytes, integers from 0 to 255')
}

export function encryptedBodyInvalid (field: string, problem: string): CodedError {
  return new CodedError('ENCRYPTED_BODY_INVALID', `${field}: ${problem}`, { data: { field } })
}
