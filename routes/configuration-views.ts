import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { answers, Success } from '../schemas/common.js'
import { ConfigurationNotes } from '../schemas/configuration.js'
import { GeneratorConfigView, RuntimeConfigView } from '../schemas/configuration-views.js'
import { type ConfigFile, GENERATOR_FILE, RUNTIME_FILE } from '../src/config/files.js'
import { viewGenerators, viewRuntime } from '../src/config/views.js'
import { success } from '../src/envelope.js'

/** The two config files as they may be shown: everything but secrets. */
const configurationViewRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { restart_required: RestartRequired } = ConfigurationNotes

  app.route({
    method: 'GET',
    url: '/getGeneratorConfig',
    schema: { response: answers({ 200: Success(GeneratorConfigView, { restart_required: RestartRequired }) }) },
    handler: async () => {
      const generators = await viewGenerators(await app.configuration.read())
      return success('Generator config fetched', { generator_config: generators, changed_at: await changedAt(GENERATOR_FILE) }, await notes())
    },
  })

  app.route({
    method: 'GET',
    url: '/getRuntimeConfig',
    schema: { response: answers({ 200: Success(RuntimeConfigView, { restart_required: RestartRequired }) }) },
    handler: async () => {
      const runtime = await viewRuntime(await app.configuration.read())
      return success('Runtime config fetched', { runtime_config: runtime, changed_at: await changedAt(RUNTIME_FILE) }, await notes())
    },
  })

  async function changedAt (file: ConfigFile): Promise<string> {
    return new Date(Number((await app.configuration.changedAt())[file])).toISOString()
  }

  async function notes () {
    return await app.programs.needsRestart(app.config.GENERATOR_PATH) ? { restart_required: true as const } : {}
  }
}

export default configurationViewRoutes
