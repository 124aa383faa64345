import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { createPreflight } from '../../../src/chain/preflight.js'
import { startAnvil } from '../../../test/anvil.js'
import { ENCLAVE_PUBLIC_KEY, ENCLAVE_PUBLIC_KEY_HEX } from '../../../test/chain/configuration.js'
import {
  compileGetters, deployGetters, GENERATIONS, installMulticall3, removeMulticall3
} from '../../../test/chain/getters/deploy.js'

const DELAY_MS = 100
const SIZES = [[1, 1], [10, 5], [100, 10]] as const
const ROUNDS = 5
const FULL = 10n ** 18n

/**
 * Measures the checks of startGenerator over a connection that delays every exchange by DELAY_MS, with Multicall3 and
 * without.
 */
async function main (): Promise<void> {
  const anvil = await startAnvil()
  const proxy = await startDelay(anvil.port)
  try {
    const compiled = await compileGetters()
    const figures = []
    for (const generation of GENERATIONS.filter(({ id }) => id === 'Oct2024' || id === 'Feb2025')) {
      const contracts = await deployGetters(anvil.url, compiled, generation)
      const markets = Array.from({ length: 10 }, (_, index) => String(index + 1))
      for (const market of markets) await contracts.setMarket(market, `0x${'00'.repeat(32)}`, 100)
      for (const generator of generators(100)) {
        await contracts.setAccount(generator, 200, 0, 4, 0, 10, FULL)
        for (const market of markets) await contracts.setInfo(generator, market, 1, 0)
      }
      await contracts.setKey(generators(1)[0], 1, ENCLAVE_PUBLIC_KEY_HEX)
      for (const multicall of [true, false]) {
        if (multicall) await installMulticall3(anvil.url, compiled)
        else await removeMulticall3(anvil.url)
        for (const [count, marketCount] of SIZES) {
          const supported = Object.fromEntries(
            generators(count).map(address => [address, markets.slice(0, marketCount)])
          )
          const configured = contracts.configured(supported, { http_url: proxy.url })
          const { first, median } = await measure(configured)
          figures.push({
            generation: generation.id,
            Multicall3: multicall,
            generators: count,
            markets: marketCount,
            'first ms': Math.round(first),
            'median ms': Math.round(median),
            delays: Number((median / DELAY_MS).toFixed(1)),
          })
        }
      }
    }
    console.table(figures)
  } finally {
    proxy.close()
    await anvil.stop()
  }
}

/** A TCP proxy on loopback that delays the client's bytes. */
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

/** Returns milliseconds: the first check, which identifies the contracts, and the median of the next ROUNDS. */
async function measure (
  configured: Parameters<ReturnType<typeof createPreflight>['checkAll']>[0]
): Promise<{ first: number, median: number }> {
  const preflight = createPreflight({
    network: 'any', timeoutMs: 10_000, skipVerification: false, enclavePublicKey: () => ENCLAVE_PUBLIC_KEY
  })
  const durations: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now()
    const checks = await preflight.checkAll(configured)
    durations.push(performance.now() - start)
    const failure = checks.find(({ result }) => result === 'fail' || result === 'warning')
    if (failure !== undefined) throw new Error(failure.message)
  }
  const [first = 0, ...later] = durations
  return { first, median: later.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] as number }
}

await main()
