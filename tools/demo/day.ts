import { randomBytes } from 'node:crypto'
import { getAddress } from 'ethers/address'
import { computeAddress } from 'ethers/transaction'
import { type Actor, createActor } from './actor.js'
import { operate } from './operation.js'
import type { Narrator } from './narration/narrator.js'
import { register } from './registration.js'
import { MARKET, type Stage } from './stage.js'

const ONE_ETHER = `0x${(10n ** 18n).toString(16)}`
const UNUSED_ADDRESS = '0x000000000000000000000000000000000000dEaD'

/**
 * Plays the operator's day. `keep` leaves the generator running. Returns the API key. Throws at the first deviation.
 */
export async function playDay ({ stage, narrator, signal, keep }: {
  stage: Stage, narrator: Narrator, signal: AbortSignal, keep: boolean
}): Promise<string> {
  const actor = createActor({ url: stage.url, narrator, signal })
  const [funder, generator, stranger] = ((await stage.chain.rpc('eth_accounts')) as string[]).map(getAddress) as [
    string,
    string,
    string
  ]
  const apiKey = await getApiKey(actor)
  await setUp(actor, { stage, funder, generator })
  await register(actor, { stage, generator, stranger })
  await operate(actor, { keep })
  return apiKey
}

async function getApiKey (actor: Actor): Promise<string> {
  const { data } = await actor.call<string>({
    title: 'Get the API key: it is issued once',
    method: 'POST',
    path: '/api/generateApiKey',
    status: 200,
    answer: { status: 'success', message: 'API key generated', data: /^[0-9a-f]{64}$/ },
  })
  actor.useKey(data)
  return data
}

async function setUp (
  actor: Actor,
  { stage, funder, generator }: { stage: Stage, funder: string, generator: string }
): Promise<void> {
  const privateKey = randomBytes(32).toString('hex')
  const gasAccount = computeAddress(`0x${privateKey}`)
  const setup = {
    method: 'POST' as const, path: '/api/generatorConfigSetup', body: configuration({ stage, generator, privateKey })
  }
  await actor.call({
    title: 'Set up: refused, the gas key has no ETH',
    ...setup,
    status: 400,
    answer: {
      code: 'INSUFFICIENT_BALANCE',
      message: "Runtime private_key doesn't have enough balance, minimum balance required is 0.05ETH",
    },
  })
  await actor.act({
    title: 'Fund the gas key',
    deed: `on chain: 1 ETH to ${gasAccount}`,
    run: async () => {
      await stage.chain.rpc('eth_sendTransactionSync', { from: funder, to: gasAccount, value: ONE_ETHER })
      return `its balance is ${BigInt(await stage.chain.rpc('eth_getBalance', gasAccount, 'latest') as string)} wei`
    },
  })
  await actor.call({
    title: 'Set up', ...setup, status: 200, answer: { status: 'success', message: 'Config done', data: null }
  })
}

function configuration ({ stage, generator, privateKey }: { stage: Stage, generator: string, privateKey: string }) {
  const { addresses } = stage.chain
  return {
    generator_config: [{ address: generator, data: 'Eren', supported_markets: [MARKET] }],
    runtime_config: {
      ws_url: stage.chainUrl.replace('http', 'ws'),
      http_url: stage.chainUrl,
      private_key: privateKey,
      start_block: 1,
      chain_id: stage.chainId,
      payment_token: UNUSED_ADDRESS,
      generator_registry: addresses.generator_registry,
      attestation_verifier: addresses.attestation_verifier,
      entity_registry: addresses.entity_registry,
      proof_market_place: addresses.proof_market_place,
      staking_token: addresses.staking_token,
      markets: { [MARKET]: { port: stage.marketPort, ivs_url: 'http://127.0.0.1:1' } },
    },
  }
}
