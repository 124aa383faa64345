/**
 * `npm run bench -- stalls` measures how long one request of the owner holds up everybody else. It takes the longest
 * time between two answers of /health/live meanwhile, and while nothing else happens. It prints the median of 9 runs
 * after 3 to warm up.
 */
import { median, printTable } from './measure.js'
import { run } from './process.js'

const ROUNDS = 12
const WARM_UP = 3
const MINIMUM_MS = 100

const service = await run('service')
const { data: key } = await (await fetch(`${service.url}/api/generateApiKey`, { method: 'POST' })).json() as { data: string }

/** The longest time between two answers while the work is done, in ms. */
async function longestGap (work: () => Promise<unknown>): Promise<number> {
  const state = { isDone: false }
  const done = work().finally(() => { state.isDone = true })
  let longest = 0
  for (let last = performance.now(); !state.isDone;) {
    await (await fetch(`${service.url}/health/live`)).arrayBuffer()
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  await done
  return longest
}

async function medianGap (work: () => Promise<unknown>): Promise<number> {
  const gaps = []
  for (let round = 0; round < ROUNDS; round++) gaps.push(await longestGap(work))
  return median(gaps.slice(WARM_UP))
}

async function send (method: string, path: string, status: number, body?: string): Promise<void> {
  const response = await fetch(`${service.url}/api/${path}`, { method, headers: { 'api-key': key, ...body !== undefined && { 'content-type': 'application/json' } }, ...body !== undefined && { body } })
  await response.arrayBuffer()
  if (response.status !== status) throw new Error(`${path} answered ${response.status}`)
}

const address = (number: number): string => `0x${String(number).padStart(40, '0')}`
const registries = ['generator_registry', 'attestation_verifier', 'entity_registry', 'proof_market_place', 'staking_token']
const setup = JSON.stringify({
  generator_config: Array.from({ length: 10_000 }, (_, number) => ({ address: address(number), data: `generator ${number}`, supported_markets: [String(number)] })),
  runtime_config: {
    http_url: 'https://rpc.example', private_key: '1'.repeat(64), start_block: 1, chain_id: 1, ...Object.fromEntries(registries.map((name, index) => [name, address(index)])),
  },
})
const keys = JSON.stringify(Object.fromEntries(Array.from({ length: 330_000 }, (_, index) => [index, 0])))

const WORK: Record<string, () => Promise<unknown>> = {
  nothing: async () => await new Promise(resolve => { setTimeout(resolve, MINIMUM_MS) }),
  'setup of 10,000 generators': async () => await send('POST', 'generatorConfigSetup', 200, setup),
  'getGeneratorConfig of 10,000': async () => await send('GET', 'getGeneratorConfig', 200),
  'a body of 330,000 keys': async () => await send('POST', 'generatorConfigSetup', 400, keys),
}

const rows = []
let idle = 0
for (const [name, work] of Object.entries(WORK)) {
  const gap = await medianGap(work)
  if (idle === 0) idle = gap
  rows.push([name, gap.toFixed(1), (gap / idle).toFixed(1)])
}
await service.end()
printTable(['while', 'longest gap in ms', 'times nothing'], rows)
