import { setImmediate } from 'node:timers/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { answers, Success } from '../schemas/common.js'
import { type Configuration, RestartNotes } from '../schemas/configuration.js'
import { GeneratorConfigView, RuntimeConfigView } from '../schemas/configuration-views.js'
import { CONFIGURATION_ERRORS } from '../schemas/documentation.js'
import { generatorConfig, publicKeys, runtimeConfigView } from '../schemas/examples.js'
import { type ConfigFile, GENERATOR_FILE, RUNTIME_FILE } from '../src/config/files.js'
import { viewGenerators, viewRuntime } from '../src/config/views.js'
import { success } from '../src/envelope.js'
import { restartNotes } from './restart-notes.js'

/** They take some 2 ms. */
const GENERATORS_PER_TURN = 250

/** The two config files as they may be shown: everything but secrets. */
const configurationViewRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/getGeneratorConfig',
    schema: {
      summary: 'Show the generators',
      description: "generator_config.json; in place of each generator's secret, the public keys.",
      tags: ['Configuration'],
      errors: CONFIGURATION_ERRORS,
      response: answers({ 200: Success(GeneratorConfigView, RestartNotes) }),
      examples: {
        200: success('Generator config fetched', {
          generator_config: [{ ...generatorConfig, ...publicKeys }], changed_at: '2026-11-22T19:31:30.000Z'
        })
      },
    },
    handler: async (_request, reply) => {
      const configuration = await app.configuration.read()
      const data = { generator_config: [], changed_at: await changedAt(GENERATOR_FILE) }
      const list = await generatorList(configuration, reply)
      const answer = success('Generator config fetched', data, restartNotes(await app.programs.outdated()))
      const text = String(reply.serialize(answer)).replace('"generator_config":[]', () => `"generator_config":[${list}]`)
      reply.serializer(() => text)
      return answer
    },
  })

  app.route({
    method: 'GET',
    url: '/getRuntimeConfig',
    schema: {
      summary: 'Show the runtime config',
      description: 'runtime_config.json; in place of the key its address, URLs masked where they may hold a secret.',
      tags: ['Configuration'],
      errors: CONFIGURATION_ERRORS,
      response: answers({ 200: Success(RuntimeConfigView, RestartNotes) }),
      examples: {
        200: success('Runtime config fetched', { runtime_config: runtimeConfigView, changed_at: '2026-11-22T19:30:30.000Z' })
      },
    },
    handler: async () => {
      const runtime = await viewRuntime(await app.configuration.read())
      return success('Runtime config fetched', { runtime_config: runtime, changed_at: await changedAt(RUNTIME_FILE) }, restartNotes(await app.programs.outdated()))
    },
  })

  async function changedAt (file: ConfigFile): Promise<string> {
    return new Date(Number((await app.configuration.changedAt())[file])).toISOString()
  }
}

export default configurationViewRoutes

/** The generators' JSON texts. They are made over several turns of the event loop, so that nobody waits for all 10,000. */
async function generatorList ({ generators, runtime }: Configuration, reply: FastifyReply): Promise<string> {
  const texts: string[] = []
  for (let start = 0; start < generators.length; start += GENERATORS_PER_TURN) {
    if (start > 0) await setImmediate()
    const some = await viewGenerators({ generators: generators.slice(start, start + GENERATORS_PER_TURN), runtime })
    texts.push(...some.map(generator => reply.serializeInput(generator, GeneratorConfigView.properties.generator_config.items)))
  }
  return texts.join()
}
