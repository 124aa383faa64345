import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { answers, Success } from '../schemas/common.js'
import { AddressToSign, AttestationToSign, Signature } from '../schemas/signing.js'
import { Encryptable } from '../schemas/encrypted.js'
import { attestationSignature, OPERATOR, signature } from '../schemas/examples.js'
import { ConfigurationNotes } from '../schemas/configuration.js'
import { warnOfTypos } from '../src/config/address-warnings.js'
import { success } from '../src/http/envelope.js'
import { encryptable } from './encryptable.js'

const tags = ['Enclave key']
const response = answers({ 200: Success(Encryptable(Signature), { warnings: ConfigurationNotes.warnings }) })

/** What the enclave's key signs: this is what binds the enclave to an operator's account. */
const signingRoutes: FastifyPluginAsyncTypebox = async (app) => {
  for (const route of encryptable('/signAddress')) {
    app.route({
      method: 'POST',
      ...route,
      schema: {
        summary: "Have the enclave's key sign an address",
        description: 'personal_sign over keccak256(abi.encode(address)).',
        tags,
        body: AddressToSign,
        response,
        examples: { body: { address: OPERATOR }, 200: success('Address signed', signature) },
      },
      handler: async ({ body: { address } }) =>
        success('Address signed', await app.enclaveKey.signAddress(address), await warnOfTypos({ address })),
    })
  }

  for (const route of encryptable('/signAttestation')) {
    app.route({
      method: 'POST',
      ...route,
      schema: {
        summary: "Have the enclave's key sign an attestation for an address",
        description: 'personal_sign over keccak256(abi.encode(bytes attestation, address)).',
        tags,
        body: AttestationToSign,
        response,
        examples: { body: { attestation: '0x8444a101', address: OPERATOR }, 200: success('Attestation signed', attestationSignature) },
      },
      handler: async ({ body: { attestation, address } }) =>
        success('Attestation signed', await app.enclaveKey.signAttestation(attestation, address), await warnOfTypos({ address })),
    })
  }
}

export default signingRoutes
