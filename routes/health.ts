import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { answers, Success, success } from '../schemas/common.js'
import { CodedError } from '../src/errors.js'

/** Serves supervisors and load balancers without a key, and tells strangers little. */
const healthRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const config = { quiet: true, answersPlainly: true }
  const open = { tags: ['Health'], security: [], response: answers({ 200: Success(Type.Null()) }) }

  app.route({
    method: 'GET',
    url: '/live',
    config: { ...config, answersWhileStopping: true },
    schema: {
      ...open,
      summary: 'Check that the process answers',
      examples: { 200: success('The service is alive', null) },
    },
    handler: async () => success('The service is alive', null),
  })

  app.route({
    method: 'GET',
    url: '/ready',
    config,
    schema: {
      ...open,
      summary: 'Check whether the service can do its work',
      description: 'Lists what is missing. An API key and a configuration may be missing, because they come over the API.',
      errors: ['NOT_READY'],
      examples: { 200: success('The service is ready', null) },
    },
    handler: async () => {
      const missing = (await app.readiness()).filter(({ problem }) => problem !== null)
      if (missing.length === 0) return success('The service is ready', null)
      throw new CodedError('NOT_READY', `The service is not ready: ${missing.map(({ problem }) => problem).join('; ')}`, { data: { missing } })
    },
  })
}

export default healthRoutes
