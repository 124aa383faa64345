import assert from 'node:assert/strict'
import { SigningKey } from 'ethers/crypto'
import { attest } from '../../test/contracts/attestation.js'
import type { DeployedGeneration } from '../../test/contracts/generations.js'
import type { Signature } from '../../src/enclave/signing.js'
import type { Actor, Answer } from './actor.js'
import { MARKET, type Stage } from './stage.js'

interface PublicKeys {
  generator_ecies_public_key: string
}

/** Makes a start possible: puts the enclave's key and the generator on chain. */
export async function register (actor: Actor, { stage: { chain }, generator, stranger }: {
  stage: Stage, generator: string, stranger: string
}): Promise<void> {
  await refusedStart(actor, generator)
  const { data: keys } = await fetchKeys(actor, generator)
  const key = `0x${SigningKey.computePublicKey(keys.generator_ecies_public_key, false).slice(4)}`
  const attestation = attest({ form: 'oct-2024', publicKey: key })
  const { data: signature } = await signAttestation(actor, { attestation, generator })
  await actor.act({
    title: 'Register the generator, with its compute and its stake',
    deed: `on chain: GeneratorRegistry.register(${generator}, 100, 10000, data)`,
    run: async () => {
      await chain.register({ generator, compute: 100n, stake: 10_000n })
      return 'registered'
    },
  })
  await join(actor, { chain, generator, stranger, key, attestation, signature })
  await actor.call({
    title: 'Ask whether a start would be possible now',
    method: 'GET',
    path: '/api/preflight',
    status: 200,
    answer: { message: 'Preflight checks done', data: { startable: true, chain_checks: 'strict' } },
  })
}

async function refusedStart (actor: Actor, generator: string): Promise<void> {
  await actor.call({
    title: 'Start: refused, nothing is registered on chain',
    method: 'POST',
    path: '/api/startGenerator',
    status: 400,
    answer: {
      code: 'PREFLIGHT_FAILED',
      message: `ECIES key not updated in the registry for generator : ${generator}`,
      data: {
        4: {
          result: 'fail',
          message: `Generator ${generator} is not registered for market ${MARKET}. Please register and try again`,
        },
      },
    },
  })
  await actor.call({
    title: 'And nothing has started',
    method: 'GET',
    path: '/api/getGeneratorStatus',
    status: 200,
    answer: { data: "Generator hasn't been started yet.", process: { state: 'STOPPED', pid: null } },
  })
}

async function fetchKeys (actor: Actor, generator: string): Promise<Answer<PublicKeys>> {
  return await actor.call({
    title: "Fetch the enclave's public keys",
    method: 'POST',
    path: '/api/fetchGeneratorPublicKeys',
    body: { generator_address: generator },
    status: 200,
    answer: {
      message: 'Generators public keys fetched',
      data: { generator_public_key: /^0x[0-9a-f]{40}$/, generator_ecies_public_key: /^0x0[23][0-9a-f]{64}$/ },
    },
  })
}

async function signAttestation (
  actor: Actor,
  { attestation, generator }: { attestation: string, generator: string }
): Promise<Answer<Signature>> {
  return await actor.call({
    title: 'Have the enclave sign its attestation for the generator',
    method: 'POST',
    path: '/api/signAttestation',
    body: { attestation, address: generator },
    status: 200,
    answer: { message: 'Attestation signed', data: { r: /^0x[0-9a-f]{64}$/, s: /^0x[0-9a-f]{64}$/ } },
  })
}

async function join (actor: Actor, { chain, generator, stranger, key, attestation, signature: { r, s, v } }: {
  chain: DeployedGeneration, generator: string, stranger: string, key: string, attestation: string, signature: Signature
}): Promise<void> {
  const signed = { attestation, signature: `${r}${s.slice(2)}${v.toString(16)}` }
  await actor.act({
    title: 'Join the market with the key: the contract recovers it from the signature',
    deed: `on chain: GeneratorRegistry.joinMarketplace(${MARKET}, 10, 1, 60, true, attestation, signature) from ${generator}`,
    run: async () => {
      await chain.register({ generator: stranger })
      await assert.rejects(chain.join({ generator: stranger, market: MARKET, key: signed }), /InvalidEnclaveSignature/,
        'The contract took the signature from an account that it is not for')
      await chain.join({ generator, market: MARKET, key: signed })
      const [known] = await chain.read('entity_registry', chain.generation.publicKey, [generator, MARKET])
      assert.equal(known, key, 'The contract has another key on record')
      return 'joined, and the key is on record; from another account it was refused'
    },
  })
}
