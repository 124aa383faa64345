import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { success } from '../schemas/common.js'
import { operations } from '../schemas/operations.js'
import { type ConfigFile, GENERATOR_FILE, RUNTIME_FILE } from '../src/config/pair/files.js'
import { viewGenerators, viewRuntime } from '../src/config/views.js'
import { restartNotes } from './restart-notes.js'

/** The two config files as they may be shown: everything but secrets. */
const configurationViewRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...operations.getGeneratorConfig,
    handler: async () => {
      const generators = await viewGenerators(await app.configuration.read())
      return success('Generator config fetched', { generator_config: generators, changed_at: await changedAt(GENERATOR_FILE) }, restartNotes(await app.programs.outdated()))
    },
  })

  app.route({
    ...operations.getRuntimeConfig,
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
