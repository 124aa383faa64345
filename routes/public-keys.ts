import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { success } from '../schemas/common.js'
import { operations } from '../schemas/operations.js'
import { warnOfTypos } from '../src/config/address-warnings.js'
import { findGenerator } from '../src/config/generators.js'

const publicKeyRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...operations.fetchGeneratorPublicKeys,
    handler: async ({ body }) => {
      findGenerator(await app.configuration.read(), body.generator_address)
      return success('Generators public keys fetched', {
        generator_public_key: await app.enclaveKey.getAddress(),
        generator_ecies_public_key: app.enclaveKey.compressedPublicKey,
      }, await warnOfTypos(body))
    },
  })
}

export default publicKeyRoutes
