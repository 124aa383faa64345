import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { answers } from '../schemas/common.js'

const metricsRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { quiet: true },
    schema: {
      summary: 'Get all figures for Prometheus',
      tags: ['Health'],
      produces: ['text/plain'],
      response: answers({ 200: Type.String() }),
      examples: { text: '# TYPE generator_client_config_changes_total counter\n' },
    },
    handler: async (_request, reply) => {
      const { contentType, text } = await app.scrape()
      return reply.type(contentType).send(text)
    },
  })
}

export default metricsRoutes
