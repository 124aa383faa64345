import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { OperationAnswers, ProgramSelection, StatusAnswers } from '../schemas/process.js'
import { success } from '../src/envelope.js'
import { describeProcess } from '../src/supervisor/sentences.js'
import { sendOperation } from './operation-answer.js'

/** The successor's endpoints: like the generator's, for any program in MANAGED_PROGRAMS. */
const programRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const operation = { config: { audited: true }, schema: { body: ProgramSelection, response: OperationAnswers } }

  app.route({
    method: 'GET',
    url: '/getProgramStatus',
    schema: { querystring: ProgramSelection, response: StatusAnswers },
    handler: async request => {
      const process = await app.programs.status(app.programs.managed(request.query.program_name))
      return success('Program status fetched', describeProcess('Program', process), { process })
    },
  })

  app.route({
    method: 'POST',
    url: '/startProgram',
    ...operation,
    handler: async (request, reply) =>
      sendOperation(reply, 'Program', 'started', await app.programs.start(app.programs.managed(request.body.program_name))),
  })

  app.route({
    method: 'POST',
    url: '/restartProgram',
    ...operation,
    handler: async (request, reply) =>
      sendOperation(reply, 'Program', 'restarted', await app.programs.restart(app.programs.managed(request.body.program_name))),
  })

  app.route({
    method: 'POST',
    url: '/stopProgram',
    ...operation,
    handler: async (request, reply) =>
      sendOperation(reply, 'Program', 'stopped', await app.programs.stop(app.programs.managed(request.body.program_name))),
  })
}

export default programRoutes
