import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { answers, Success } from '../schemas/common.js'
import { RestartNotes } from '../schemas/configuration.js'
import { GeneratorConfigView, RuntimeConfigView } from '../schemas/configuration-views.js'
import { CONFIGURATION_ERRORS } from '../src/http/route-documentation.js'
import { generatorConfig, publicKeys, runtimeConfigView } from '../schemas/examples.js'
import { type ConfigFile, GENERATOR_FILE, RUNTIME_FILE } from '../src/config/pair/files.js'
import { viewGenerators, viewRuntime } from '../src/config/views.js'
import { success } from '../src/http/envelope.js'
import { restartNotes } from './restart-notes.js'

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
    handler: async () => {
      const generators = await viewGenerators(await app.configuration.read())
      return success('Generator config fetched', { generator_config: generators, changed_at: await changedAt(GENERATOR_FILE) }, restartNotes(await app.programs.outdated()))
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
