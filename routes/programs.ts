import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { START_ERRORS, STOP_ERRORS, SUPERVISOR_ERRORS } from '../src/http/route-documentation.js'
import { runningProcess, startingProcess, stoppedProcess, stoppingProcess } from '../schemas/examples.js'
import { OperationAnswers, ProgramSelection, StatusAnswers } from '../schemas/process.js'
import { success } from '../src/http/envelope.js'
import { describeProcess } from '../src/supervisor/sentences.js'
import { sendOperation } from './operation-answer.js'

const tags = ['Programs']
const selection = { program_name: runningProcess.name }

/** The successor's endpoints: like the generator's, for any program in MANAGED_PROGRAMS. */
const programRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/getProgramStatus',
    schema: {
      summary: 'Tell the state of a program',
      description: 'Of one in MANAGED_PROGRAMS.',
      tags,
      errors: [...SUPERVISOR_ERRORS, 'PROGRAM_NOT_MANAGED'],
      querystring: ProgramSelection,
      response: StatusAnswers,
      examples: { query: selection, 200: success('Program status fetched', 'Program has been started.', { process: runningProcess }) },
    },
    handler: async request => {
      const process = await app.programs.status(app.programs.managed(request.query.program_name))
      return success('Program status fetched', describeProcess('Program', process), { process })
    },
  })

  app.route({
    method: 'POST',
    url: '/startProgram',
    config: { audited: true },
    schema: {
      summary: 'Start a program',
      description: 'Like startGenerator, of one in MANAGED_PROGRAMS.',
      tags,
      errors: [...START_ERRORS, 'PROGRAM_NOT_MANAGED'],
      body: ProgramSelection,
      response: OperationAnswers,
      examples: {
        body: selection,
        200: success('Program started', null, { process: runningProcess }),
        202: success('Program is starting.', null, { process: startingProcess }),
      },
    },
    handler: async (request, reply) =>
      sendOperation(reply, 'Program', 'started', await app.programs.start(app.programs.managed(request.body.program_name))),
  })

  app.route({
    method: 'POST',
    url: '/restartProgram',
    config: { audited: true },
    schema: {
      summary: 'Restart a program',
      description: 'Like restartGenerator, of one in MANAGED_PROGRAMS.',
      tags,
      errors: [...START_ERRORS, 'PROGRAM_NOT_MANAGED'],
      body: ProgramSelection,
      response: OperationAnswers,
      examples: {
        body: selection,
        200: success('Program restarted', null, { process: runningProcess }),
        202: success('Program is starting.', null, { process: startingProcess }),
      },
    },
    handler: async (request, reply) =>
      sendOperation(reply, 'Program', 'restarted', await app.programs.restart(app.programs.managed(request.body.program_name))),
  })

  app.route({
    method: 'POST',
    url: '/stopProgram',
    config: { audited: true },
    schema: {
      summary: 'Stop a program',
      description: 'Like stopGenerator, of one in MANAGED_PROGRAMS.',
      tags,
      errors: [...STOP_ERRORS, 'PROGRAM_NOT_MANAGED'],
      body: ProgramSelection,
      response: OperationAnswers,
      examples: {
        body: selection,
        200: success('Program stopped', null, { process: stoppedProcess }),
        202: success('Program is stopping.', null, { process: stoppingProcess }),
      },
    },
    handler: async (request, reply) =>
      sendOperation(reply, 'Program', 'stopped', await app.programs.stop(app.programs.managed(request.body.program_name))),
  })
}

export default programRoutes
