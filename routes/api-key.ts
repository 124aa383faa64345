import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { answers, NoBody, Success } from '../schemas/common.js'
import { credentialsOf } from '../src/credentials.js'
import { success } from '../src/envelope.js'

const schema = { body: NoBody, response: answers({ 200: Success(Type.String()) }) }

/** The only route that needs no API key: it issues the one. */
export const issueRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'POST',
    url: '/generateApiKey',
    config: { audited: true },
    schema,
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
    schema,
    handler: async request => {
      const key = await app.apiKey.rotate(credentialsOf(request.headers))
      request.newKeyFingerprint = app.apiKey.fingerprint()
      return success('API key rotated', key)
    },
  })
}
