import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { answers, NoBody, Success } from '../schemas/common.js'
import { success } from '../src/envelope.js'

/** The only route that needs no API key: it issues the one. */
const apiKeyRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'POST',
    url: '/generateApiKey',
    config: { audited: true },
    schema: {
      summary: 'Issue the API key',
      description: 'Once: only its digest is stored, so keep it.',
      tags: ['API key'],
      security: [],
      errors: ['API_KEY_ALREADY_GENERATED', 'API_KEY_UNREADABLE', 'STORAGE_FAILED'],
      body: NoBody,
      response: answers({ 200: Success(Type.String()) }),
      examples: { 200: success('API key generated', '5a2c0f43b9e1d7c86e0b1f2a3d4c5b6a79880917263544536271809f8e7d6c5b') },
    },
    handler: async () => success('API key generated', await app.apiKey.issue()),
  })
}

export default apiKeyRoutes
