import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { success } from '../schemas/common.js'
import { type Configuration, type ConfigurationSetup, runtimeAddressFields, type RuntimeConfigUpdate } from '../schemas/configuration.js'
import { operations } from '../schemas/operations.js'
import { type Addresses, warnOfTypos, warnOfWebSocket } from '../src/config/address-warnings.js'
import { SETUP_BODY_LIMIT } from '../src/http/options.js'
import { encryptable } from './encryptable.js'
import { restartNotes } from './restart-notes.js'

/** Changes of the two config files. */
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

  async function notes (addresses: Addresses, { checksums, others = [] }: { checksums?: Set<string>, others?: string[] } = {}) {
    const { warnings: typos = [] } = await warnOfTypos(addresses, checksums)
    const warnings = [...typos, ...others]
    return { ...restartNotes(await app.programs.outdated()), ...warnings.length > 0 && { warnings } }
  }
}

export default configurationRoutes

function setupAddresses ({ generator_config: generators, runtime_config: runtime }: ConfigurationSetup): Addresses {
  const addresses = generators.map(({ address }, index) => [`generator_config/${index}/address`, address])
  return { ...Object.fromEntries(addresses), ...runtimeAddresses(runtime, 'runtime_config/') }
}

/** The addresses of a setup as they were stored, in their EIP-55 form. */
function checksumsIn ({ generators, runtime }: Configuration): Set<string> {
  const addresses = [...generators.map(({ address }) => address), ...runtimeAddressFields.map(field => runtime[field])]
  return new Set(addresses.filter(address => address !== undefined))
}

function runtimeAddresses (runtime: RuntimeConfigUpdate, path = ''): Addresses {
  return Object.fromEntries(runtimeAddressFields.map(field => [`${path}${field}`, runtime[field]]))
}
