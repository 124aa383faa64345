import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { NoBody } from '../schemas/common.js'
import { START_ERRORS, STOP_ERRORS, SUPERVISOR_ERRORS } from '../src/http/route-documentation.js'
import { runningProcess, startingProcess, stoppedProcess, stoppingProcess } from '../schemas/examples.js'
import { OperationAnswers, StatusAnswers } from '../schemas/process.js'
import { success } from '../src/http/envelope.js'
import { describeProcess } from '../src/supervisor/sentences.js'
import { sendOperation } from './operation-answer.js'

const tags = ['Generator']

/** The generator's process: watched and controlled through the supervisor. */
const generatorRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const generator = app.config.GENERATOR_PATH

  app.route({
    method: 'GET',
    url: '/getGeneratorStatus',
    schema: {
      summary: "Tell the state of the generator's process",
      tags,
      errors: SUPERVISOR_ERRORS,
      response: StatusAnswers,
      examples: { 200: success('Generator status fetched', 'Generator has been started.', { process: runningProcess }) },
    },
    handler: async () => {
      const process = await app.programs.status(generator)
      return success('Generator status fetched', describeProcess('Generator', process), { process })
    },
  })

  app.route({
    method: 'POST',
    url: '/startGenerator',
    config: { audited: true },
    schema: {
      summary: 'Start the generator',
      description: 'Answered when the same process has stayed up for its startsecs, or has failed; past OPERATION_TIMEOUT_MS with a 202.',
      tags,
      errors: START_ERRORS,
      body: NoBody,
      response: OperationAnswers,
      examples: {
        200: success('Generator started', null, { process: runningProcess }),
        202: success('Generator is starting.', null, { process: startingProcess }),
      },
    },
    handler: async (_request, reply) => sendOperation(reply, 'Generator', 'started', await app.programs.start(generator)),
  })

  app.route({
    method: 'POST',
    url: '/restartGenerator',
    config: { audited: true },
    schema: {
      summary: 'Restart the generator',
      description: 'Starts one that is not running. Answered when the same process has stayed up for its startsecs, or has failed; past OPERATION_TIMEOUT_MS with a 202.',
      tags,
      errors: START_ERRORS,
      body: NoBody,
      response: OperationAnswers,
      examples: {
        200: success('Generator restarted', null, { process: runningProcess }),
        202: success('Generator is starting.', null, { process: startingProcess }),
      },
    },
    handler: async (_request, reply) => sendOperation(reply, 'Generator', 'restarted', await app.programs.restart(generator)),
  })

  app.route({
    method: 'POST',
    url: '/stopGenerator',
    config: { audited: true },
    schema: {
      summary: 'Stop the generator',
      description: 'Answered when the process and all its children are gone; past OPERATION_TIMEOUT_MS with a 202.',
      tags,
      errors: STOP_ERRORS,
      body: NoBody,
      response: OperationAnswers,
      examples: {
        200: success('Generator stopped', null, { process: stoppedProcess }),
        202: success('Generator is stopping.', null, { process: stoppingProcess }),
      },
    },
    handler: async (_request, reply) => sendOperation(reply, 'Generator', 'stopped', await app.programs.stop(generator)),
  })
}

export default generatorRoutes
