import type { Test } from 'tap'
import type { Configuration, StoredRuntimeConfig } from '../../schemas/configuration.js'
import { createPreflight, type Preflight, type PreflightCheck } from '../../src/chain/preflight.js'
import { startAnvil } from '../anvil.js'
import { deployContracts, type ContractCall, type RehearsalChain } from '../contracts/deploy.js'
import { configuration, ENCLAVE_PUBLIC_KEY, runtimeConfig } from './configuration.js'

/** A node with the rehearsal contracts, and a preflight against it. */
export interface Rehearsal {
  url: string
  host: string
  chain: RehearsalChain
  preflight: Preflight
  /** A configuration of generators and their markets for the rehearsal's registries. */
  configured (markets: Record<string, string[]>, changes?: Partial<StoredRuntimeConfig>): Configuration
  /** Undoes at the test's end what it changes on the chain. */
  onSnapshot (t: Test): Promise<void>
}

export async function startRehearsal (t: Test): Promise<Rehearsal> {
  const { url, stop } = await startAnvil()
  t.teardown(stop)
  const chain = await deployContracts(url)
  const registries = {
    generator_registry: chain.addresses.GeneratorRegistry, entity_registry: chain.addresses.EntityKeyRegistry
  }
  return {
    url,
    host: new URL(url).host,
    chain,
    preflight: createPreflight({
      network: 'any', timeoutMs: 5000, skipVerification: false, enclavePublicKey: () => ENCLAVE_PUBLIC_KEY
    }),
    configured: (markets, changes = {}) => configuration(runtimeConfig(url, { ...registries, ...changes }), markets),
    async onSnapshot (t) {
      const snapshot = await chain.rpc('evm_snapshot')
      t.teardown(async () => { await chain.rpc('evm_revert', snapshot) })
    },
  }
}

export function setState (
  generator: string,
  market: string,
  state: number,
  contract: 'GeneratorRegistry' | 'ProverRegistry' = 'GeneratorRegistry'
): ContractCall {
  return { contract, function: 'setState', values: [generator, market, state] }
}

export function setMarketKey (generator: string, market: string, key: string): ContractCall {
  return { contract: 'EntityKeyRegistry', function: 'setMarketKey', values: [generator, market, key] }
}

export function setKey (generator: string, key: string): ContractCall {
  return { contract: 'EntityKeyRegistry', function: 'setKey', values: [generator, key] }
}

export function resultsOf (checks: PreflightCheck[]): Record<string, string> {
  return Object.fromEntries(checks.map(({ name, result }) => [name, result]))
}

export function failuresOf (checks: PreflightCheck[]): Array<Pick<PreflightCheck, 'name' | 'code' | 'message'>> {
  return checks.filter(({ result }) => result === 'fail').map(({ name, code, message }) => ({ name, code, message }))
}

export function find (checks: PreflightCheck[], name: string): PreflightCheck | undefined {
  return checks.find(check => check.name === name)
}
