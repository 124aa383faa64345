import type { TSchema } from '@sinclair/typebox'
import { type Answer, isOfSchema } from './answer.js'
import { Success } from '../../../schemas/common.js'
import { EncryptedAnswer } from '../../../schemas/encrypted.js'
import { GeneratorClientError } from '../errors.js'
import type { createHttpExchange, HttpRequest } from './http.js'

/** An answer to an encrypted request, before it is opened. */
const SealedAnswer = Success(EncryptedAnswer)

export type Calls = ReturnType<typeof createCalls>

/** Calls one endpoint, plain or encrypted. `enclaveKey` returns the 65-byte point that bodies are encrypted to. */
export function createCalls ({ http, enclaveKey }: {
  http: ReturnType<typeof createHttpExchange>, enclaveKey: (request: HttpRequest) => Promise<Uint8Array>
}) {
  /** Throws ANSWER_INVALID if the answer does not fit the schema. */
  async function callPlain<Schema extends TSchema> (schema: Schema, request: HttpRequest): Promise<Answer<Schema>> {
    const { statusCode, json } = await http.exchange(request)
    return checked({ schema, statusCode, json, request })
  }

  /**
   * Sends the body to the endpoint's encrypted form. Accepts only an answer that the enclave has signed. Throws
   * ANSWER_NOT_VERIFIED.
   */
  async function callEncrypted<Schema extends TSchema> (schema: Schema, request: HttpRequest): Promise<Answer<Schema>> {
    const key = await enclaveKey(request)
    const { sealRequest } = await import('../encryption/secure-channel.js')
    const { body, openAnswer } = sealRequest(key, request.body)
    const { statusCode, json } = await http.exchange({ ...request, path: `${request.path}Encrypted`, body })
    if (!isOfSchema(SealedAnswer, json)) {
      throw new GeneratorClientError(
        'ANSWER_NOT_VERIFIED',
        `The encrypted request ${request.path} was answered in the clear: the answer is not the enclave's`
      )
    }
    return checked({ schema, statusCode, json: { ...json, data: openAnswer(json.data) }, request })
  }

  return { callPlain, callEncrypted }
}

function checked<Schema extends TSchema> ({ schema, statusCode, json, request: { path } }: {
  schema: Schema, statusCode: number, json: unknown, request: HttpRequest
}): Answer<Schema> {
  if (isOfSchema(schema, json)) return { ...json as object, statusCode } as Answer<Schema>
  throw new GeneratorClientError(
    'ANSWER_INVALID',
    `The answer of ${path} is not of the documented form: check that service and client are of the same version`,
    { statusCode }
  )
}
