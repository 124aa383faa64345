import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { success } from '../schemas/common.js'
import { operations } from '../schemas/operations.js'
import { credentialsOf } from '../src/access/credentials.js'
import { encryptable } from './encryptable.js'

/** In bytes; strangers, and those who have an old key, send no more. */
const BODY_LIMIT = 1024

/** The only route that needs no API key: it issues the one. */
export const issueRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...operations.generateApiKey,
    bodyLimit: BODY_LIMIT,
    onRequest: (_request, _reply, done) => {
      app.apiKey.assertIssuable()
      done()
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
  for (const { config, ...route } of encryptable(operations.rotateApiKey, { plainBodyLimit: BODY_LIMIT })) {
    app.route({
      ...route,
      config: { ...config, rotatesApiKey: true },
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
