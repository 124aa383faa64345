import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { answers, NoBody, Success } from '../schemas/common.js'
import { credentialsOf } from '../src/credentials.js'
import { success } from '../src/envelope.js'

const common = { tags: ['API key'], body: NoBody, response: answers({ 200: Success(Type.String()) }) }

/** Of an object without fields. */
const STRANGERS_BODY_LIMIT = 1024

/** The only route that needs no API key: it issues the one. */
export const issueRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'POST',
    url: '/generateApiKey',
    config: { audited: true },
    bodyLimit: STRANGERS_BODY_LIMIT,
    onRequest: (_request, _reply, done) => {
      app.apiKey.assertIssuable()
      done()
    },
    schema: {
      ...common,
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

/** Puts a new key in the place of the one that the request has shown. */
export const rotationRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'POST',
    url: '/rotateApiKey',
    config: { audited: true },
    schema: {
      ...common,
      summary: 'Replace the API key',
      description: 'The old key is refused from the moment that the new one is on disk. With API_KEY_RECIPIENT it is answered encrypted to that key, in hex.',
      errors: ['STORAGE_FAILED'],
      examples: { 200: success('API key rotated', '0b1f2a3d4c5b6a79880917263544536271809f8e7d6c5b5a2c0f43b9e1d7c86e') },
    },
    handler: async request => {
      const key = await app.apiKey.rotate(credentialsOf(request.headers))
      request.newKeyFingerprint = app.apiKey.fingerprint()
      return success('API key rotated', key)
    },
  })
}
