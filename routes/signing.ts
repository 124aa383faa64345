import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { success } from '../schemas/common.js'
import { operations } from '../schemas/operations.js'
import { warnOfTypos } from '../src/config/address-warnings.js'
import { encryptable } from './encryptable.js'

/** The signatures bind the enclave to an operator's account. */
const signingRoutes: FastifyPluginAsyncTypebox = async (app) => {
  for (const route of encryptable(operations.signAddress)) {
    app.route({
      ...route,
      handler: async ({ body: { address } }) =>
        success('Address signed', await app.enclaveKey.signAddress(address), await warnOfTypos({ address })),
    })
  }

  for (const route of encryptable(operations.signAttestation)) {
    app.route({
      ...route,
      handler: async ({ body: { attestation, address } }) =>
        success('Attestation signed', await app.enclaveKey.signAttestation(attestation, address), await warnOfTypos({ address })),
    })
  }
}

export default signingRoutes
