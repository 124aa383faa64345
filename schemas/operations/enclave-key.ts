import { answers, Success, success } from '../common.js'
import { ConfigurationNotes } from '../configuration.js'
import { GeneratorSelection, PublicKeys } from '../public-keys.js'
import { AddressToSign, AttestationToSign, Signature } from '../signing.js'
import { CONFIGURATION_ERRORS } from './errors.js'
import { attestationSignature, GENERATOR, OPERATOR, publicKeys, signature } from './examples.js'
import type { Operations } from './operation.js'

const tags = ['Enclave key'] as const
const { warnings } = ConfigurationNotes

export const enclaveKeyOperations = {
  fetchGeneratorPublicKeys: {
    method: 'POST',
    schema: {
      summary: "Fetch a generator's public keys",
      description: "All generators have the enclave's key: its address and its compressed point.",
      tags,
      errors: [...CONFIGURATION_ERRORS, 'GENERATOR_NOT_FOUND'],
      body: GeneratorSelection,
      response: answers({ 200: Success(PublicKeys, { warnings }) }),
      examples: { body: { generator_address: GENERATOR }, 200: success('Generators public keys fetched', publicKeys) },
    },
  },
  signAddress: {
    method: 'POST',
    encryptable: true,
    config: { audited: true, repeatable: true },
    schema: {
      summary: "Have the enclave's key sign an address",
      description: 'Makes a personal_sign signature over keccak256(abi.encode(address)).',
      tags,
      body: AddressToSign,
      response: answers({ 200: Success(Signature, { warnings }) }),
      examples: { body: { address: OPERATOR }, 200: success('Address signed', signature) },
    },
  },
  signAttestation: {
    method: 'POST',
    encryptable: true,
    config: { audited: true, repeatable: true },
    schema: {
      summary: "Have the enclave's key sign an attestation for an address",
      description: 'Makes a personal_sign signature over keccak256(abi.encode(bytes attestation, address)).',
      tags,
      body: AttestationToSign,
      response: answers({ 200: Success(Signature, { warnings }) }),
      examples: { body: { attestation: '0x8444a101', address: OPERATOR }, 200: success('Attestation signed', attestationSignature) },
    },
  },
} as const satisfies Operations
