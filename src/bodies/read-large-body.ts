import { describeValidationErrors } from '../../schemas/validation/validation-error.js'
import { ephemeralPoint } from '../enclave/ecies.js'
import { openFields, readFields } from '../enclave/secure-channel.js'
import { CodedError, type ErrorCode } from '../errors.js'
import { createSchemaCheck } from '../files/schema-check.js'
import { openBody } from './open-body.js'
import { type BodyRules, parseBody } from './parse-body.js'
import { type Pieces, toPieces } from './pieces.js'

/** Gives the key of the one message with this ephemeral public key (65 bytes), or null if that is no point of the curve. */
export type MessageKey = (ephemeralPoint: Uint8Array) => Promise<Uint8Array<ArrayBuffer> | null>

/**
 * The result of reading a large body, in a form that another thread can receive. A refusal is a CodedError as data.
 * `isUnreadable` tells whether the bytes were refused, or their content.
 */
export type Outcome = { pieces: Pieces, responseKey: Uint8Array | null, digest: string | null } |
  { refusal: { isUnreadable: boolean, code: ErrorCode, message: string, data: unknown } }

/** Reads a body, decrypts it and checks it against its schema. Returns a refusal instead of throwing it. */
export async function readLargeBody (bytes: Buffer, rules: BodyRules, messageKey: MessageKey): Promise<Outcome> {
  let isUnreadable = true
  try {
    const parsed = parseBody(bytes, rules)
    isUnreadable = false
    const { body, responseKey, digest } = await openBody(parsed, rules, async encrypted => {
      const fields = readFields(encrypted)
      const key = await messageKey(ephemeralPoint(fields.request))
      const opened = openFields(fields, key)
      key?.fill(0)
      return opened
    })
    const check = createSchemaCheck(rules.schema!)
    if (check(body)) return { pieces: toPieces(body as object), responseKey, digest }
    const { message, field } = describeValidationErrors(check.errors(), 'body')
    throw new CodedError('INVALID_REQUEST', message, { data: { field } })
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    const { code, message, data } = error
    return { refusal: { isUnreadable, code, message, data } }
  }
}
