import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { success } from '../schemas/common.js'
import { operations } from '../schemas/operations.js'
import { credentialsOf } from '../src/access/credentials.js'
import { encryptable } from './encryptable.js'

/** The limit in bytes for strangers and for holders of an old key. */
const BODY_LIMIT = 1024

/** Issues the API key, so this is the only route below /api that needs none. */
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
