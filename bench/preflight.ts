import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import type { Configuration } from '../schemas/configuration.js'
import { createPreflight } from '../src/chain/preflight.js'
import { startAnvil } from '../test/anvil.js'
import { configuration, ENCLAVE_PUBLIC_KEY, ENCLAVE_PUBLIC_KEY_HEX, runtimeConfig } from '../test/chain/configuration.js'
import { deployContracts, type RehearsalChain } from '../test/contracts/deploy.js'

const DELAY_MS = 100
const MARKETS = ['1', '2', '3', '4', '5']
const ROUNDS = 5

/** Measures what startGenerator checks, over a connection on which every exchange takes DELAY_MS longer. */
async function main (): Promise<void> {
  const anvil = await startAnvil()
  const proxy = await startDelay(anvil.port)
  try {
    const chain = await deployContracts(anvil.url)
    await register(chain, generators(100))
    const figures = []
    for (const naming of ['GeneratorRegistry', 'ProverRegistry'] as const) {
      for (const count of [1, 10, 100]) {
        const milliseconds = await measure(configure({ url: proxy.url, chain, naming, count }))
        figures.push({ naming, generators: count, markets: MARKETS.length, 'median ms': Math.round(milliseconds), delays: Number((milliseconds / DELAY_MS).toFixed(1)) })
      }
    }
    console.table(figures)
  } finally {
    proxy.close()
    await anvil.stop()
  }
}

/** A TCP proxy on loopback that holds back what the client sends. */
async function startDelay (targetPort: number): Promise<{ url: string, close: () => void }> {
  const server = net.createServer(client => {
    const target = net.connect(targetPort, '127.0.0.1')
    client.on('data', chunk => setTimeout(() => target.write(chunk), DELAY_MS))
    target.pipe(client)
    client.on('close', () => target.destroy())
    client.on('error', () => target.destroy())
    target.on('error', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

function generators (count: number): string[] {
  return Array.from({ length: count }, (_, index) => `0x${String(index + 1).padStart(40, '0')}`)
}

async function register (chain: RehearsalChain, addresses: string[]): Promise<void> {
  await chain.transact(addresses.flatMap(address => MARKETS.flatMap(market => [
    { contract: 'GeneratorRegistry', function: 'setState', values: [address, market, 1] },
    { contract: 'ProverRegistry', function: 'setState', values: [address, market, 1] },
    { contract: 'EntityKeyRegistry', function: 'setMarketKey', values: [address, market, ENCLAVE_PUBLIC_KEY_HEX] },
  ])))
}

function configure ({ url, chain, naming, count }: {
  url: string, chain: RehearsalChain, naming: 'GeneratorRegistry' | 'ProverRegistry', count: number
}): Configuration {
  const runtime = runtimeConfig(url, { generator_registry: chain.addresses[naming], entity_registry: chain.addresses.EntityKeyRegistry })
  return configuration(runtime, Object.fromEntries(generators(count).map(address => [address, MARKETS])))
}

/** Median milliseconds of ROUNDS checks, after one that loads the code. */
async function measure (configured: Configuration): Promise<number> {
  const preflight = createPreflight({ network: 'any', timeoutMs: 5000, skipVerification: false, enclavePublicKey: () => ENCLAVE_PUBLIC_KEY })
  const durations: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now()
    const checks = await preflight.checkAll(configured)
    if (round > 0) durations.push(performance.now() - start)
    const failure = checks.find(({ result }) => result !== 'pass')
    if (failure !== undefined) throw new Error(failure.message)
  }
  return durations.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] as number
}

await main()
