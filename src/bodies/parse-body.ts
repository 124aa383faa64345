import { isUtf8 } from 'node:buffer'
import type { TSchema } from '@sinclair/typebox'
import { parse } from 'secure-json-parse'
import { shownName } from '../../schemas/validation/shown-name.js'
import { dropNulls } from '../../schemas/validation/drop-nulls.js'
import { readEncryptedBody } from '../enclave/encrypted-body.js'
import { CodedError } from '../errors.js'
import { type Excess, findExcess } from './json-excess.js'
import { findRepeatedKey } from './repeated-key.js'

/** Tells what the body of a route may be. A thread can receive it. */
export interface BodyRules {
  /** `accepted`: the body may be encrypted; `required`: it must be; undefined: it is plain. */
  encryption: 'accepted' | 'required' | undefined
  /** True if a body with a private key must be encrypted. */
  requireEncryption: boolean
  plainBodyLimit: number
  schema: TSchema | undefined
}

/** A body needs four levels: runtime_config, markets, market, port. 10,000 generators have 30,000 keys, 256 markets 1,024. */
const MAXIMUM: Record<Excess, number> = { levels: 32, keys: 32_768 }
const EXCESS: Record<Excess, string> = {
  levels: `The body nests arrays and objects more than ${MAXIMUM.levels} levels deep: send a flatter one`,
  keys: `The body has more than ${MAXIMUM.keys} keys: send fewer`,
}

/** Returns the byte arrays of an encrypted body, or the JSON value of a plain one. Throws BODY_TOO_LARGE, ENCRYPTED_BODY_INVALID, INVALID_JSON, INVALID_REQUEST. */
export function parseBody (bytes: Buffer, { encryption, plainBodyLimit, schema }: BodyRules): unknown {
  const encrypted = encryption === undefined ? null : readEncryptedBody(bytes)
  if (encrypted === null && bytes.length > plainBodyLimit) throw bodyTooLarge(plainBodyLimit)
  return encrypted ?? parseJson(bytes, schema)
}

/** Parses the JSON of a body, and leaves out nulls of optional fields. Throws INVALID_JSON, INVALID_REQUEST. */
export function parseJson (bytes: Buffer, schema: TSchema | undefined): unknown {
  // Decoding would silently replace other bytes with U+FFFD.
  if (!isUtf8(bytes)) throw new CodedError('INVALID_JSON', 'The body is not UTF-8: send JSON in UTF-8')
  const excess = findExcess(bytes, MAXIMUM)
  if (excess !== undefined) throw new CodedError('INVALID_REQUEST', EXCESS[excess])
  const text = bytes.toString()
  const parsed = parseText(text)
  const repeated = findRepeatedKey(text)
  if (repeated !== undefined) throw new CodedError('INVALID_JSON', `The body has the key "${shownName(repeated)}" twice in one object: send it once`)
  dropNulls(Object(schema), parsed)
  return parsed
}

function parseText (text: string): unknown {
  try {
    return parse(text, { protoAction: 'error', constructorAction: 'error' })
  } catch {
    // A parser's own message may quote the body, which may hold a key.
    throw new CodedError('INVALID_JSON', 'The body is not valid JSON, or has a key that is not allowed (__proto__, constructor)')
  }
}

export function bodyTooLarge (limit: number): CodedError {
  return new CodedError('BODY_TOO_LARGE', `The body is larger than the ${limit} bytes that this endpoint takes`)
}
