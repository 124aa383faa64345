import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, RouteOptions } from 'fastify'
import { success } from '../schemas/common.js'
import { operations } from '../schemas/operations.js'
import type { ProgramSelection } from '../schemas/process.js'
import type { ManagedResult } from '../src/supervisor/control.js'
import { describeProcess, type Subject } from '../src/supervisor/sentences.js'

const VERBS = {
  start: { done: 'started', unchanged: 'already running' },
  restart: { done: 'restarted', unchanged: 'already running' },
  stop: { done: 'stopped', unchanged: 'not running' },
}

type Declared = Pick<RouteOptions, 'method' | 'url' | 'config' | 'schema'>

export const generatorProcessRoutes = routesOf('Generator')
export const programRoutes = routesOf('Program')

function routesOf (subject: Subject): FastifyPluginAsyncTypebox {
  return async app => {
    const nameOf = (selection: unknown): string =>
      subject === 'Generator' ? app.config.GENERATOR_PATH : app.programs.managed((selection as ProgramSelection).program_name)

    const status: Declared = operations[`get${subject}Status`]
    app.route({
      ...status,
      handler: async ({ query }) => {
        const process = await app.programs.status(nameOf(query))
        return success(`${subject} status fetched`, describeProcess(subject, process), { process })
      },
    })

    for (const verb of ['start', 'restart', 'stop'] as const) {
      const operation: Declared = operations[`${verb}${subject}`]
      app.route({
        ...operation,
        handler: async ({ body }, reply) => answer(reply, verb, await app.programs[verb](nameOf(body))),
      })
    }
  }

  /** Answers 200 for a settled result, and 202 for one still under way. */
  function answer (reply: FastifyReply, verb: keyof typeof VERBS, { outcome, process }: ManagedResult) {
    if (outcome === 'pending') return reply.code(202).send(success(describeProcess(subject, process), null, { process }))
    const { done, unchanged } = VERBS[verb]
    return reply.send(success(outcome === 'unchanged' ? `${subject} is ${unchanged}` : `${subject} ${done}`, null, { process }))
  }
}
