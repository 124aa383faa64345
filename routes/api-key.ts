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
    schema: { body: NoBody, response: answers({ 200: Success(Type.String()) }) },
    handler: async () => success('API key generated', await app.apiKey.issue()),
  })
}

export default apiKeyRoutes
