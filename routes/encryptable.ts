import { type TObject, Type } from '@sinclair/typebox'
import type { FastifyContextConfig } from 'fastify'
import { EncryptedAnswer } from '../schemas/encrypted.js'
import type { Operation } from '../schemas/operations/operation.js'
import { BODY_LIMIT } from '../src/http/options.js'

/** Bytes of a decimal JSON number and its comma at most, per byte of the plain body. */
const BYTES_PER_ENCRYPTED_BYTE = 4

/**
 * The two routes of an operation that takes encrypted bodies: its own, which tells them by their form (the SDK posts them there),
 * and the successor's `…Encrypted`.
 */
export function encryptable<One extends Operation & { encryptable: true }> (operation: One, { plainBodyLimit = BODY_LIMIT } = {}) {
  const { method, url, config, schema }: Operation = operation
  const { properties } = schema.response[200] as TObject
  const response = { ...schema.response, 200: Type.Object({ ...properties, data: Type.Union([properties['data']!, EncryptedAnswer]) }) }
  return (['accepted', 'required'] as const).map(encryptedBody => ({
    method,
    url: encryptedBody === 'required' ? `${url}Encrypted` : url,
    bodyLimit: plainBodyLimit * BYTES_PER_ENCRYPTED_BYTE,
    config: { ...config, plainBodyLimit, encryptedBody } as FastifyContextConfig,
    // Handlers answer plainly: plugins/secure-channel.ts encrypts.
    schema: { ...schema, response } as One['schema'],
  }))
}
