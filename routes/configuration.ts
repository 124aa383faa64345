import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { answers, Success } from '../schemas/common.js'
import {
  ConfigurationNotes, ConfigurationSetup, Generator, GeneratorRemoval, GeneratorUpdate, type RuntimeConfig,
  runtimeAddressFields, RuntimeConfigUpdate
} from '../schemas/configuration.js'
import { warnOfTypos } from '../src/config/address-warnings.js'
import { success } from '../src/envelope.js'
import { SETUP_BODY_LIMIT } from '../src/options.js'

/** Changes of the two config files. */
const configurationRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const audited = { config: { audited: true } }
  const response = answers({ 200: Success(Type.Null(), ConfigurationNotes) })

  app.route({
    method: 'POST',
    url: '/generatorConfigSetup',
    ...audited,
    bodyLimit: SETUP_BODY_LIMIT,
    schema: { body: ConfigurationSetup, response },
    handler: async ({ body }) => {
      await app.changes.setUp(body)
      return success('Config done', null, await notes({ ...generatorAddresses(body.generator_config), ...runtimeAddresses(body.runtime_config, 'runtime_config/') }))
    },
  })

  app.route({
    method: 'PUT',
    url: '/updateRuntimeConfig',
    ...audited,
    schema: { body: RuntimeConfigUpdate, response },
    handler: async ({ body }) => {
      await app.changes.updateRuntime(body)
      return success('Runtime config updated', null, await notes(runtimeAddresses(body)))
    },
  })

  app.route({
    method: 'POST',
    url: '/addNewGenerator',
    ...audited,
    schema: { body: Generator, response },
    handler: async ({ body }) => {
      await app.changes.addGenerator(body)
      return success('Generator config updated', null, await notes({ address: body.address }))
    },
  })

  app.route({
    method: 'PUT',
    url: '/updateGeneratorConfig',
    ...audited,
    schema: { body: GeneratorUpdate, response },
    handler: async ({ body }) => {
      await app.changes.updateGenerator(body)
      return success('Generator config updated', null, await notes({ address: body.address }))
    },
  })

  app.route({
    method: 'DELETE',
    url: '/removeGenerator',
    ...audited,
    schema: { body: GeneratorRemoval, response },
    handler: async ({ body }) => {
      await app.changes.removeGenerator(body.address)
      return success('Removed Generator', null, await notes({ address: body.address }))
    },
  })

  async function notes (addresses: Record<string, string | undefined>) {
    const needsRestart = await app.programs.needsRestart(app.config.GENERATOR_PATH)
    return { ...needsRestart && { restart_required: true as const }, ...await warnOfTypos(addresses) }
  }
}

export default configurationRoutes

function generatorAddresses (generators: Generator[]): Record<string, string> {
  return Object.fromEntries(generators.map(({ address }, index) => [`generator_config/${index}/address`, address]))
}

function runtimeAddresses (runtime: Partial<RuntimeConfig>, path = ''): Record<string, string | undefined> {
  return Object.fromEntries(runtimeAddressFields.map(field => [`${path}${field}`, runtime[field]]))
}
