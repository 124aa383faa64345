import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { NoBody } from '../schemas/common.js'
import { OperationAnswers, StatusAnswers } from '../schemas/process.js'
import { success } from '../src/envelope.js'
import { describeProcess } from '../src/supervisor/sentences.js'
import { sendOperation } from './operation-answer.js'

/** The generator's process: watched and controlled through the supervisor. */
const generatorRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const generator = app.config.GENERATOR_PATH
  const operation = { config: { audited: true }, schema: { body: NoBody, response: OperationAnswers } }

  app.route({
    method: 'GET',
    url: '/getGeneratorStatus',
    schema: { response: StatusAnswers },
    handler: async () => {
      const process = await app.programs.status(generator)
      return success('Generator status fetched', describeProcess('Generator', process), { process })
    },
  })

  app.route({
    method: 'POST',
    url: '/startGenerator',
    ...operation,
    handler: async (_request, reply) => sendOperation(reply, 'Generator', 'started', await app.programs.start(generator)),
  })

  app.route({
    method: 'POST',
    url: '/restartGenerator',
    ...operation,
    handler: async (_request, reply) => sendOperation(reply, 'Generator', 'restarted', await app.programs.restart(generator)),
  })

  app.route({
    method: 'POST',
    url: '/stopGenerator',
    ...operation,
    handler: async (_request, reply) => sendOperation(reply, 'Generator', 'stopped', await app.programs.stop(generator)),
  })
}

export default generatorRoutes
