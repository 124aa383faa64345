import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { answers, NoBody, Success } from '../schemas/common.js'
import { RotatedKey, RotationBody } from '../schemas/api-key.js'
import { Encryptable } from '../schemas/encrypted.js'
import { credentialsOf } from '../src/access/credentials.js'
import { success } from '../src/http/envelope.js'
import { encryptable } from './encryptable.js'

const tags = ['API key']

/** In bytes; strangers, and those who have an old key, send no more. */
const BODY_LIMIT = 1024

/** The only route that needs no API key: it issues the one. */
export const issueRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'POST',
    url: '/generateApiKey',
    config: { audited: true },
    bodyLimit: BODY_LIMIT,
    onRequest: (_request, _reply, done) => {
      app.apiKey.assertIssuable()
      done()
    },
    schema: {
      tags,
      body: NoBody,
      response: answers({ 200: Success(Type.String()) }),
      summary: 'Issue the API key',
      description: 'Once: only its digest is stored, so keep it. With API_KEY_RECIPIENT it is answered encrypted to that key, in hex.',
      security: [],
      errors: ['API_KEY_ALREADY_GENERATED', 'API_KEY_UNREADABLE', 'STORAGE_FAILED'],
      examples: { 200: success('API key generated', '5a2c0f43b9e1d7c86e0b1f2a3d4c5b6a79880917263544536271809f8e7d6c5b') },
    },
    handler: async request => {
      const key = await app.apiKey.issue()
      request.newKeyFingerprint = app.apiKey.fingerprint()
      return success('API key generated', key)
    },
  })
}

const ROTATION = `With \`api_key_sha256\`, the SHA-256 of a key that the caller has made, that key takes the place of the old one at once, \`data\` is null,
and the same call again, with either key, changes nothing and answers 200. Without it the service makes the key: the old one may do nothing but rotate again,
until the new one is used or 10 minutes have passed. With API_KEY_RECIPIENT that new key is answered encrypted to it, in hex.`

/** Puts a new key in the place of the one that the request has shown. */
export const rotationRoutes: FastifyPluginAsyncTypebox = async (app) => {
  for (const { config, ...route } of encryptable('/rotateApiKey', { plainBodyLimit: BODY_LIMIT })) {
    app.route({
      method: 'POST',
      ...route,
      config: { ...config, rotatesApiKey: true },
      schema: {
        tags,
        body: RotationBody,
        response: answers({ 200: Success(Encryptable(RotatedKey)) }),
        summary: 'Replace the API key',
        description: ROTATION,
        errors: ['STORAGE_FAILED'],
        examples: {
          body: { api_key_sha256: '5da85485bb00dc904e4be9606a496d807c35765d03595282feb02500c32822d3' },
          200: success('API key rotated', null),
        },
      },
      handler: async request => {
        const credentials = credentialsOf(request.headers)
        const { api_key_sha256: digest } = request.body
        const key = digest === undefined ? await app.apiKey.rotate(credentials) : await app.apiKey.rotateTo(credentials, digest)
        request.newKeyFingerprint = app.apiKey.fingerprint()
        return success('API key rotated', key)
      },
    })
  }
}
