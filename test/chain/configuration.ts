import type { Configuration, StoredRuntimeConfig } from '../../schemas/configuration.js'
import { FUNDED_KEY } from '../anvil.js'

/** A key of the tests' own, standing for the enclave's: 64 bytes of public point. */
export const ENCLAVE_PUBLIC_KEY = Buffer.alloc(64, 7)
export const ENCLAVE_PUBLIC_KEY_HEX = `0x${ENCLAVE_PUBLIC_KEY.toString('hex')}`

export const GENERATOR = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
export const OTHER_GENERATOR = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC'
export const HASH_MARKET = `0x${'ab'.repeat(32)}`

const UNUSED_ADDRESS = '0x000000000000000000000000000000000000dEaD'

/** A runtime config for the endpoint at `url`; its key is anvil's first account. */
export function runtimeConfig (url: string, changes: Partial<StoredRuntimeConfig> = {}): StoredRuntimeConfig {
  return {
    ws_url: url.replace(/^http/, 'ws'),
    http_url: url,
    private_key: FUNDED_KEY,
    start_block: 1,
    chain_id: 31337,
    payment_token: UNUSED_ADDRESS,
    generator_registry: UNUSED_ADDRESS,
    attestation_verifier: UNUSED_ADDRESS,
    entity_registry: UNUSED_ADDRESS,
    proof_market_place: UNUSED_ADDRESS,
    staking_token: UNUSED_ADDRESS,
    params_path: './params/',
    markets: {},
    ...changes,
  }
}

/** A configuration with generators and their markets. */
export function configuration (runtime: StoredRuntimeConfig, markets: Record<string, string[]>): Configuration {
  const generators = Object.entries(markets).map(([address, supported]) => ({
    address, ecies_private_key: FUNDED_KEY, data: '', supported_markets: supported,
  }))
  return { generators, runtime }
}
