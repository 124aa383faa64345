import { Type } from '@sinclair/typebox'
import { answers, NoBody, Success, success } from '../common.js'
import type { Operations } from './operation.js'

const ROTATION = `Send \`api_key_sha256\`, the SHA-256 of a key that you have made, to replace the old key at once. \`data\` is then null.
The same call with either key changes nothing more and answers 200. The service makes the key if you send none.
The old key may then only rotate, until the new one is used or 10 minutes have passed.
The answer is encrypted, in hex, if API_KEY_RECIPIENT is set.`

/** The digest of a key that the caller has made. */
const digest = Type.String({ format: 'key-digest' })
const RotationBody = Type.Object({ api_key_sha256: Type.Optional(digest) }, { additionalProperties: false })

export const apiKeyOperations = {
  generateApiKey: {
    method: 'POST',
    config: { audited: true },
    schema: {
      summary: 'Issue the API key',
      description: 'The service issues it once and stores only its digest, so keep it. The answer is encrypted, in hex, if API_KEY_RECIPIENT is set.',
      tags: ['API key'],
      security: [],
      errors: ['API_KEY_ALREADY_GENERATED', 'API_KEY_UNREADABLE', 'STORAGE_FAILED'],
      body: NoBody,
      response: answers({ 200: Success(Type.String()) }),
      examples: { 200: success('API key generated', '5a2c0f43b9e1d7c86e0b1f2a3d4c5b6a79880917263544536271809f8e7d6c5b') },
    },
  },
  rotateApiKey: {
    method: 'POST',
    encryptable: true,
    config: { audited: true },
    schema: {
      summary: 'Replace the API key',
      description: ROTATION,
      tags: ['API key'],
      errors: ['STORAGE_FAILED'],
      body: RotationBody,
      // Null means that the caller has made the key.
      response: answers({ 200: Success(Type.Union([Type.String(), Type.Null()])) }),
      examples: {
        body: { api_key_sha256: '5da85485bb00dc904e4be9606a496d807c35765d03595282feb02500c32822d3' },
        200: success('API key rotated', null),
      },
    },
  },
} as const satisfies Operations
