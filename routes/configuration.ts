import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { success } from '../schemas/common.js'
import { type Configuration, type ConfigurationSetup, runtimeAddressFields, type RuntimeConfigUpdate } from '../schemas/configuration.js'
import { operations } from '../schemas/operations.js'
import { type Addresses, warnOfTypos, warnOfWebSocket } from '../src/config/address-warnings.js'
import { type ConfigFile, GENERATOR_FILE, RUNTIME_FILE } from '../src/config/pair/files.js'
import { viewGenerators, viewRuntime } from '../src/config/views.js'
import { SETUP_BODY_LIMIT } from '../src/http/options.js'
import { encryptable } from './encryptable.js'

const configurationRoutes: FastifyPluginAsyncTypebox = async (app) => {
  for (const route of encryptable(operations.generatorConfigSetup, { plainBodyLimit: SETUP_BODY_LIMIT })) {
    app.route({
      ...route,
      handler: async ({ body }) => {
        const written = await app.changes.setUp(body)
        return success('Config done', null, await notes(setupAddresses(body), {
          checksums: checksumsIn(written), others: warnOfWebSocket('runtime_config/', body.runtime_config.ws_url)
        }))
      },
    })
  }

  for (const route of encryptable(operations.updateRuntimeConfig)) {
    app.route({
      ...route,
      handler: async ({ body }) => {
        await app.changes.updateRuntime(body)
        return success('Runtime config updated', null, await notes(runtimeAddresses(body), { others: warnOfWebSocket('', body.ws_url) }))
      },
    })
  }

  for (const route of encryptable(operations.updateGeneratorConfig)) {
    app.route({
      ...route,
      handler: async ({ body }) => {
        await app.changes.updateGenerator(body)
        return success('Generator config updated', null, await notes({ address: body.address }))
      },
    })
  }

  app.route({
    ...operations.addNewGenerator,
    handler: async ({ body }) => {
      await app.changes.addGenerator(body)
      return success('Generator config updated', null, await notes({ address: body.address }))
    },
  })

  app.route({
    ...operations.removeGenerator,
    handler: async ({ body }) => {
      await app.changes.removeGenerator(body.address)
      return success('Removed Generator', null, await notes({ address: body.address }))
    },
  })

  app.route({
    ...operations.getGeneratorConfig,
    handler: async () => {
      const generators = await viewGenerators(await app.configuration.read())
      return success('Generator config fetched', { generator_config: generators, changed_at: await changedAt(GENERATOR_FILE) }, await restartNotes())
    },
  })

  app.route({
    ...operations.getRuntimeConfig,
    handler: async () => {
      const runtime = await viewRuntime(await app.configuration.read())
      return success('Runtime config fetched', { runtime_config: runtime, changed_at: await changedAt(RUNTIME_FILE) }, await restartNotes())
    },
  })

  async function changedAt (file: ConfigFile): Promise<string> {
    return new Date(Number((await app.configuration.changedAt())[file])).toISOString()
  }

  async function restartNotes () {
    const programs = await app.programs.outdated()
    return programs.length === 0 ? {} : { restart_required: true as const, restart_programs: programs }
  }

  async function notes (addresses: Addresses, { checksums, others = [] }: { checksums?: Set<string>, others?: string[] } = {}) {
    const { warnings: typos = [] } = await warnOfTypos(addresses, checksums)
    const warnings = [...typos, ...others]
    return { ...await restartNotes(), ...warnings.length > 0 && { warnings } }
  }
}

export default configurationRoutes

function setupAddresses ({ generator_config: generators, runtime_config: runtime }: ConfigurationSetup): Addresses {
  const addresses = generators.map(({ address }, index) => [`generator_config/${index}/address`, address])
  return { ...Object.fromEntries(addresses), ...runtimeAddresses(runtime, 'runtime_config/') }
}

/** Returns a setup's stored addresses, in EIP-55 form. */
function checksumsIn ({ generators, runtime }: Configuration): Set<string> {
  const addresses = [...generators.map(({ address }) => address), ...runtimeAddressFields.map(field => runtime[field])]
  return new Set(addresses.filter(address => address !== undefined))
}

function runtimeAddresses (runtime: RuntimeConfigUpdate, path = ''): Addresses {
  return Object.fromEntries(runtimeAddressFields.map(field => [`${path}${field}`, runtime[field]]))
}
