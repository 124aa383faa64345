import type { Configuration } from '../../../schemas/configuration.js'
import { createPreflight } from '../../../src/chain/preflight.js'
import { type Anvil, startAnvil } from '../../../test/anvil.js'
import {
  configuration, ENCLAVE_PUBLIC_KEY, ENCLAVE_PUBLIC_KEY_HEX, runtimeConfig
} from '../../../test/chain/configuration.js'
import { BURST_OF_26, type Plan, SIX_A_SECOND, startPlan } from '../../../test/chain/plan.js'
import { deployContracts, type RehearsalChain } from '../../../test/contracts/deploy.js'
import { installMulticall3 } from '../../../test/contracts/multicall.js'
import { printTable } from '../measure.js'

const RPC_TIMEOUT_MS = 5000
/** The checks have this time if OPERATION_TIMEOUT_MS is 9000. */
const CHECKS_MS = 8000

const SIZES = [{ generators: 1, markets: 3 }, { generators: 10, markets: 5 }]
const PLANS: Record<string, Plan> = {
  'none, directly': { burst: 1e9, perSecond: 1e9, refuses: 'batch' },
  '6 a second, refuses batches': { ...SIX_A_SECOND, refuses: 'batch' },
  '6 a second, refuses entries': { ...SIX_A_SECOND, refuses: 'entries' },
  '26 a burst, refuses batches': { ...BURST_OF_26, refuses: 'batch' },
  '26 a burst, refuses entries': { ...BURST_OF_26, refuses: 'entries' },
}

const addresses = (count: number) =>
  Array.from({ length: count }, (_, index) => `0x${String(index + 1).padStart(40, '0')}`)
const marketIds = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1))

/** Measures the checks of a start through a provider's plan: the first time, and once the plan's pace is known. */
async function main (): Promise<void> {
  const rows: (string | number)[][] = []
  for (const hasMulticall of [false, true]) {
    const anvil = await startAnvil()
    try {
      const chain = await deployContracts(anvil.url)
      await register(chain)
      if (hasMulticall) await installMulticall3(anvil.url)
      rows.push(...await measureAll(anvil, chain, hasMulticall ? 'yes' : 'no'))
    } finally {
      await anvil.stop()
    }
  }
  printTable(
    [
      'Multicall3', 'plan', 'generators x markets', 'first, s', 'answer', 'again, s', 'answer', 'calls passed',
      'calls refused',
    ],
    rows
  )
}

async function measureAll (anvil: Anvil, chain: RehearsalChain, multicall: string): Promise<(string | number)[][]> {
  const rows: (string | number)[][] = []
  for (const [name, plan] of Object.entries(PLANS)) {
    for (const { generators, markets } of SIZES) {
      const provider = await startPlan({ target: anvil.url, ...plan })
      const registries = {
        generator_registry: chain.addresses.GeneratorRegistry, entity_registry: chain.addresses.EntityKeyRegistry
      }
      const configured = configuration(
        runtimeConfig(provider.url, registries),
        Object.fromEntries(addresses(generators).map(address => [address, marketIds(markets)]))
      )
      const check = createCheck()
      rows.push([
        multicall,
        name,
        `${generators} x ${markets}`,
        ...(await check(configured)),
        ...(await check(configured)),
        ...Object.values(provider.counts()),
      ])
      provider.close()
    }
  }
  return rows
}

/** Returns seconds and the answer. Throws at any answer but success and the limit of the plan. */
function createCheck () {
  const preflight = createPreflight({
    network: 'any',
    timeoutMs: RPC_TIMEOUT_MS,
    operationTimeoutMs: CHECKS_MS,
    skipVerification: false,
    enclavePublicKey: () => ENCLAVE_PUBLIC_KEY,
  })
  return async (configured: Configuration): Promise<[string, string]> => {
    const begun = performance.now()
    const failure = (await preflight.checkAll(configured)).find(({ result }) => result === 'fail')
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    if (failure === undefined) return [seconds, 'ready']
    if (!/limits this plan$/.test(failure.message)) throw new Error(failure.message)
    return [seconds, 'RPC_UNAVAILABLE, the provider limits this plan']
  }
}

async function register (chain: RehearsalChain): Promise<void> {
  await chain.transact(addresses(10).flatMap(address => marketIds(5).flatMap(market => [
    { contract: 'GeneratorRegistry', function: 'setState', values: [address, market, 1] },
    { contract: 'EntityKeyRegistry', function: 'setMarketKey', values: [address, market, ENCLAVE_PUBLIC_KEY_HEX] },
  ])))
}

await main()
