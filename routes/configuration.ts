import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { answers, Success } from '../schemas/common.js'
import {
  type Configuration, ConfigurationNotes, ConfigurationSetup, Generator, GeneratorRemoval, GeneratorUpdate, runtimeAddressFields, RuntimeConfigUpdate
} from '../schemas/configuration.js'
import { CHAIN_ERRORS, CONFIGURATION_ERRORS } from '../schemas/documentation.js'
import { Encryptable } from '../schemas/encrypted.js'
import { GENERATOR, generatorConfig, RESTART, runtimeConfig } from '../schemas/examples.js'
import { type Addresses, warnOfTypos, warnOfWebSocket } from '../src/config/address-warnings.js'
import { success } from '../src/envelope.js'
import { SETUP_BODY_LIMIT } from '../src/options.js'
import { encryptable } from './encryptable.js'
import { restartNotes } from './restart-notes.js'

const tags = ['Configuration']

/** Changes of the two config files. */
const configurationRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const response = answers({ 200: Success(Type.Null(), ConfigurationNotes) })
  const encryptableResponse = answers({ 200: Success(Encryptable(Type.Null()), ConfigurationNotes) })

  for (const route of encryptable('/generatorConfigSetup', { plainBodyLimit: SETUP_BODY_LIMIT })) {
    app.route({
      method: 'POST',
      ...route,
      schema: {
        summary: 'Set up the configuration',
        description: 'Replaces the whole configuration, both files or neither; calling it again is how a wrong value is mended.',
        tags,
        errors: [...CHAIN_ERRORS, 'STORAGE_FAILED'],
        body: ConfigurationSetup,
        response: encryptableResponse,
        examples: {
          body: { generator_config: [generatorConfig], runtime_config: runtimeConfig },
          200: success('Config done', null),
        },
      },
      handler: async ({ body }) => {
        const written = await app.changes.setUp(body)
        return success('Config done', null, await notes(setupAddresses(body), {
          checksums: checksumsIn(written), others: warnOfWebSocket('runtime_config/', body.runtime_config.ws_url)
        }))
      },
    })
  }

  for (const route of encryptable('/updateRuntimeConfig')) {
    app.route({
      method: 'PUT',
      ...route,
      schema: {
        summary: 'Change fields of the runtime config',
        description: 'At least one field; the others stay. `markets` is replaced as a whole.',
        tags,
        errors: [...CONFIGURATION_ERRORS, ...CHAIN_ERRORS],
        body: RuntimeConfigUpdate,
        response: encryptableResponse,
        examples: { body: { start_block: 414025 }, 200: success('Runtime config updated', null, RESTART) },
      },
      handler: async ({ body }) => {
        await app.changes.updateRuntime(body)
        return success('Runtime config updated', null, await notes(runtimeAddresses(body), { others: warnOfWebSocket('', body.ws_url) }))
      },
    })
  }

  for (const route of encryptable('/updateGeneratorConfig')) {
    app.route({
      method: 'PUT',
      ...route,
      schema: {
        summary: 'Change a generator',
        description: 'Its `data`, its `supported_markets`, or both.',
        tags,
        errors: [...CONFIGURATION_ERRORS, 'GENERATOR_NOT_FOUND'],
        body: GeneratorUpdate,
        response: encryptableResponse,
        examples: { body: { address: GENERATOR, data: 'Armin' }, 200: success('Generator config updated', null, RESTART) },
      },
      handler: async ({ body }) => {
        await app.changes.updateGenerator(body)
        return success('Generator config updated', null, await notes({ address: body.address }))
      },
    })
  }

  app.route({
    method: 'POST',
    url: '/addNewGenerator',
    config: { audited: true },
    schema: {
      summary: 'Add a generator',
      tags,
      errors: [...CONFIGURATION_ERRORS, 'GENERATOR_EXISTS'],
      body: Generator,
      response,
      examples: {
        body: { address: '0x01f01074dc5454B15faBf1F1006864D0b71e3f1c', data: 'Zeke', supported_markets: ['7'] },
        200: success('Generator config updated', null, {
          ...RESTART, warnings: ['address: the letter case does not fit the EIP-55 checksum, check it for a typo']
        }),
      },
    },
    handler: async ({ body }) => {
      await app.changes.addGenerator(body)
      return success('Generator config updated', null, await notes({ address: body.address }))
    },
  })

  app.route({
    method: 'DELETE',
    url: '/removeGenerator',
    config: { audited: true },
    schema: {
      summary: 'Remove a generator',
      tags,
      errors: [...CONFIGURATION_ERRORS, 'GENERATOR_NOT_FOUND'],
      body: GeneratorRemoval,
      response,
      examples: { body: { address: GENERATOR }, 200: success('Removed Generator', null, RESTART) },
    },
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
  return [
    ...generators.map(({ address }, index): [string, string] => [`generator_config/${index}/address`, address]),
    ...runtimeAddresses(runtime, 'runtime_config/'),
  ]
}

/** The addresses of a setup as they were stored, in their EIP-55 form. */
function checksumsIn ({ generators, runtime }: Configuration): Set<string> {
  const addresses = [...generators.map(({ address }) => address), ...runtimeAddressFields.map(field => runtime[field])]
  return new Set(addresses.filter(address => address !== undefined))
}

function runtimeAddresses (runtime: RuntimeConfigUpdate, path = ''): [string, string | undefined][] {
  return runtimeAddressFields.map(field => [`${path}${field}`, runtime[field]])
}
