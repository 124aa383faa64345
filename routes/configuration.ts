import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { success } from '../schemas/common.js'
import { type Configuration, type ConfigurationSetup, runtimeAddressFields, type RuntimeConfigUpdate } from '../schemas/configuration.js'
import { GeneratorConfigView } from '../schemas/configuration-views.js'
import { operations } from '../schemas/operations.js'
import { type Addresses, warnOfTypos, warnOfWebSocket } from '../src/config/address-warnings.js'
import { type ConfigFile, GENERATOR_FILE, RUNTIME_FILE } from '../src/config/pair/files.js'
import { viewGenerators, viewRuntime } from '../src/config/views.js'
import { SETUP_BODY_LIMIT } from '../src/http/options.js'
import { encryptable } from './encryptable.js'

/** They take a millisecond to show. */
const GENERATORS_PER_TURN = 250

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
    handler: async (_request, reply) => {
      const configuration = await app.configuration.read()
      const answer = success('Generator config fetched', { generator_config: [], changed_at: await changedAt(GENERATOR_FILE) }, await restartNotes())
      return await sendGenerators(reply, answer, configuration)
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

/** Sends the answer with the generators in its empty list. 10,000 of them are made and sent in parts, so that other requests go on. */
async function sendGenerators (reply: FastifyReply, answer: object, { generators, runtime }: Configuration): Promise<FastifyReply> {
  const { items } = GeneratorConfigView.properties.generator_config
  const [head, tail] = String(reply.serialize(answer)).split('"generator_config":[]')
  const parts = [Buffer.from(`${head}"generator_config":[`)]
  for (let start = 0; start < generators.length; start += GENERATORS_PER_TURN) {
    if (start > 0) await setImmediate()
    const shown = await viewGenerators({ runtime, generators: generators.slice(start, start + GENERATORS_PER_TURN) })
    const texts = shown.map(generator => reply.serializeInput(generator, items))
    parts.push(Buffer.from(`${start > 0 ? ',' : ''}${texts.join()}`))
  }
  parts.push(Buffer.from(`]${tail}`))
  return reply.type('application/json; charset=utf-8').header('content-length', parts.reduce((sum, { length }) => sum + length, 0)).send(Readable.from(parts))
}

function setupAddresses ({ generator_config: generators, runtime_config: runtime }: ConfigurationSetup): Addresses {
  return [
    ...generators.map(({ address }, index): [string, string] => [`generator_config/${index}/address`, address]),
    ...runtimeAddresses(runtime, 'runtime_config/'),
  ]
}

/** Returns a setup's stored addresses, in EIP-55 form. */
function checksumsIn ({ generators, runtime }: Configuration): Set<string> {
  const addresses = [...generators.map(({ address }) => address), ...runtimeAddressFields.map(field => runtime[field])]
  return new Set(addresses.filter(address => address !== undefined))
}

function runtimeAddresses (runtime: RuntimeConfigUpdate, path = ''): [string, string | undefined][] {
  return runtimeAddressFields.map(field => [`${path}${field}`, runtime[field]])
}
