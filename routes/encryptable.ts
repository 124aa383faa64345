import { type TObject, Type } from '@sinclair/typebox'
import type { FastifyContextConfig } from 'fastify'
import { EncryptedAnswer } from '../schemas/encrypted.js'
import type { Operation } from '../schemas/operations/operation.js'
import { BODY_LIMIT } from '../src/http/options.js'

/** A decimal JSON number and its comma take at most this for a byte of the plain body. */
const BYTES_PER_ENCRYPTED_BYTE = 4

/** The two routes of an operation with encrypted bodies. The second, `…Encrypted`, refuses plain ones. */
export function encryptable<One extends Operation & { encryptable: true }> (operation: One, { plainBodyLimit = BODY_LIMIT } = {}) {
  const { method, url, config, schema }: Operation = operation
  const { properties } = schema.response[200] as TObject
  const response = { ...schema.response, 200: Type.Object({ ...properties, data: Type.Union([properties['data']!, EncryptedAnswer]) }) }
  return (['accepted', 'required'] as const).map(encryptedBody => ({
    method,
    url: encryptedBody === 'required' ? `${url}Encrypted` : url,
    bodyLimit: plainBodyLimit * BYTES_PER_ENCRYPTED_BYTE,
    config: { ...config, plainBodyLimit, encryptedBody } as FastifyContextConfig,
    // Handlers answer plainly, and plugins/http/bodies.ts encrypts.
    schema: { ...schema, response } as One['schema'],
  }))
}
