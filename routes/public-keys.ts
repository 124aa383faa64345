import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { answers, Success } from '../schemas/common.js'
import { ConfigurationNotes } from '../schemas/configuration.js'
import { CONFIGURATION_ERRORS } from '../src/http/route-documentation.js'
import { GENERATOR, publicKeys } from '../schemas/examples.js'
import { GeneratorSelection, PublicKeys } from '../schemas/public-keys.js'
import { warnOfTypos } from '../src/config/address-warnings.js'
import { findGenerator } from '../src/config/generators.js'
import { success } from '../src/http/envelope.js'

const publicKeyRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'POST',
    url: '/fetchGeneratorPublicKeys',
    schema: {
      summary: "Fetch a generator's public keys",
      description: "They are the enclave's: its address, and its compressed point.",
      tags: ['Enclave key'],
      errors: [...CONFIGURATION_ERRORS, 'GENERATOR_NOT_FOUND'],
      body: GeneratorSelection,
      response: answers({ 200: Success(PublicKeys, { warnings: ConfigurationNotes.warnings }) }),
      examples: { body: { generator_address: GENERATOR }, 200: success('Generators public keys fetched', publicKeys) },
    },
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
