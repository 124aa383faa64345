import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { SigningKey } from 'ethers/crypto'
import type { RehearsalChain } from '../test/contracts/deploy.js'
import type { Signature } from '../src/enclave/signing.js'
import type { Actor, Answer } from './actor.js'
import { MARKET, type Stage } from './stage.js'

interface PublicKeys {
  generator_ecies_public_key: string
}

/** What makes a start possible: the enclave's key and the generator on chain. */
export async function register (actor: Actor, { stage: { chain }, generator, stranger }: {
  stage: Stage, generator: string, stranger: string
}): Promise<void> {
  await refusedStart(actor, generator)
  const { data: keys } = await fetchKeys(actor, generator)
  const key = `0x${SigningKey.computePublicKey(keys.generator_ecies_public_key, false).slice(4)}`
  const attestation = `0x${randomBytes(64).toString('hex')}`
  const { data: signature } = await signAttestation(actor, { attestation, generator })
  await registerKey(actor, { chain, generator, stranger, key, attestation, signature })
  await actor.act({
    title: 'Join the market',
    deed: `on chain: GeneratorRegistry.setState(${generator}, ${MARKET}, JOINED)`,
    run: async () => {
      await chain.transact([{ contract: 'GeneratorRegistry', function: 'setState', values: [generator, MARKET, 1] }])
      return 'joined'
    },
  })
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
      data: { 4: { result: 'fail', message: `Generator ${generator} is not registered for market ${MARKET}. Please register and try again` } },
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

async function signAttestation (actor: Actor, { attestation, generator }: { attestation: string, generator: string }): Promise<Answer<Signature>> {
  return await actor.call({
    title: 'Have the enclave sign its attestation for the generator',
    method: 'POST',
    path: '/api/signAttestation',
    body: { attestation, address: generator },
    status: 200,
    answer: { message: 'Attestation signed', data: { r: /^0x[0-9a-f]{64}$/, s: /^0x[0-9a-f]{64}$/ } },
  })
}

async function registerKey (actor: Actor, { chain, generator, stranger, key, attestation, signature: { r, s, v } }: {
  chain: RehearsalChain, generator: string, stranger: string, key: string, attestation: string, signature: Signature
}): Promise<void> {
  const signature = `${r}${s.slice(2)}${v.toString(16)}`
  const registration = { contract: 'EntityKeyRegistry' as const, function: 'registerKey', values: [MARKET, key, attestation, signature] }
  await actor.act({
    title: 'Register the key: the contract recovers it from the signature',
    deed: `on chain: EntityKeyRegistry.registerKey(${MARKET}, key, attestation, signature) from ${generator}`,
    run: async () => {
      await assert.rejects(chain.transact([registration], stranger), /revert/, 'The contract took the signature from an account that it is not for')
      await chain.transact([registration], generator)
      const [known] = await chain.read({ contract: 'EntityKeyRegistry', function: 'pub_key(address,uint256)', values: [generator, MARKET] })
      assert.equal(known, key, 'The contract has another key on record')
      return 'on record; from another account it was refused'
    },
  })
}
