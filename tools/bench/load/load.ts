/**
 * `npm run bench -- load`: mixed load of LOAD_RATE requests/s (500) for LOAD_SECONDS (600) against the built service.
 * Meanwhile its generator is started and stopped again and again. It passes when every answer is as documented and none
 * is 5xx. The service must also keep up, and memory and descriptors must stay flat.
 */
import { readdir } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { SigningKey } from 'ethers/crypto'
import { getBytes } from 'ethers/utils'
import { Agent } from 'undici'
import { createCalls } from './load-calls.js'
import { createTally } from './load-tally.js'
import { printTable } from '../measure.js'
import { residentMemory, run, type Running } from '../process.js'
import { numberedAddress, SETUP } from '../setup.js'
import { lowest, percentile, type Sample, slopePerHour } from './trend.js'

const SECONDS = Number(process.env['LOAD_SECONDS'] ?? 600)
const RATE = Number(process.env['LOAD_RATE'] ?? 500)
/** Growth beyond this is a leak. A hundred bytes for each request of an hour would be 180 MB. */
const MAXIMUM_SLOPE_MB_PER_HOUR = Number(process.env['LOAD_MAXIMUM_SLOPE'] ?? 30)
/** A service that does not keep up falls behind without end. A pause of a busy machine is shorter. */
const MAXIMUM_DELAY_SECONDS = 2
const MAXIMUM_BACKLOG = RATE * MAXIMUM_DELAY_SECONDS
/** The keep-alive is 5 s, so the service has closed the connections of the load after this time. */
const AFTERWARDS_MS = 7000
/** Caches and compiled code fill up first. */
const WARM_UP_SECONDS = SECONDS / 5
const WINDOW_SECONDS = 10
const TICK_MS = 20

const service = await run('service')
const dispatcher = new Agent({ connections: 64 })
const prepared = await prepare()
const descriptorsBefore = await countDescriptors(service)
const { mix, cycle } = createCalls({ ...prepared, url: service.url, dispatcher })
const load = createTally()
const cycles = createTally()
let sent = 0
let largestBacklog = 0
let loadSeconds = 0
let lastAnswerSeconds = 0

const [memory, descriptors] = await underLoad(sample)
await dispatcher.close()
await setTimeout(AFTERWARDS_MS)
const descriptorsAfter = await countDescriptors(service)
await service.end()
process.exitCode = report() ? 0 : 1

async function prepare () {
  const apiKey: string = await post('generateApiKey')
  const generators = Array.from({ length: 10 }, (_, index) => ({
    address: numberedAddress(index + 1), data: 'load', supported_markets: ['1']
  }))
  await post('generatorConfigSetup', { ...SETUP, generator_config: generators }, apiKey)
  const keys = await post('fetchGeneratorPublicKeys', { generator_address: numberedAddress(1) }, apiKey)
  return { apiKey, enclaveKey: getBytes(SigningKey.computePublicKey(keys.generator_ecies_public_key)) }
}

async function post (path: string, body: unknown = {}, apiKey = ''): Promise<any> {
  const headers = { 'api-key': apiKey, 'content-type': 'application/json' }
  const answer = await fetch(`${service.url}/api/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
  return (await answer.json() as { data: unknown }).data
}

/** Sends at the rate without waiting for answers. Ends when the work is done and the last answer has come. */
async function underLoad<Result> (work: () => Promise<Result>): Promise<Result> {
  const begun = performance.now()
  const waiting = new Set<Promise<void>>()
  const timer = setInterval(() => {
    const due = Math.floor((performance.now() - begun) / 1000 * RATE)
    for (; sent < due; sent++) {
      const answered = load.count(mix[callIndex(sent)]!, sent).finally(() => waiting.delete(answered))
      waiting.add(answered)
    }
    largestBacklog = Math.max(largestBacklog, waiting.size)
  }, TICK_MS)
  const end = new AbortController()
  const cycling = startAndStop(end.signal)
  const result = await work()
  clearInterval(timer)
  end.abort()
  const ended = performance.now()
  loadSeconds = (ended - begun) / 1000
  await Promise.all(waiting)
  lastAnswerSeconds = (performance.now() - ended) / 1000
  await cycling
  return result
}

/** The cycle ends with a stop, so that both counts of descriptors are without a generator. */
async function startAndStop (end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    for (const call of cycle) await cycles.count(call, 0)
  }
}

/** Mixes the calls by their shares. 37 and 100 have no common factor, so each call takes its turns. */
function callIndex (number: number): number {
  let place = number * 37 % 100
  return mix.findIndex(({ share }) => (place -= share) < 0)
}

/** Samples resident memory in MB and open descriptors, once a second. */
async function sample (): Promise<[Sample[], Sample[]]> {
  const memory: Sample[] = []
  const descriptors: Sample[] = []
  for (let second = 1; second <= SECONDS; second++) {
    await setTimeout(1000)
    memory.push({ second, value: await residentMemory(service.pid) })
    descriptors.push({ second, value: await countDescriptors(service) })
  }
  return [memory, descriptors]
}

async function countDescriptors ({ pid }: Running): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length
}

function report (): boolean {
  const warmMemory = memory.filter(({ second }) => second > WARM_UP_SECONDS)
  const openedUnderLoad = descriptors.map(({ value }) => value)
  const slope = slopePerHour(lowest(warmMemory, { windowSeconds: WINDOW_SECONDS }))
  const problems = [...load.problems, ...cycles.problems]
  const [median, ninetyNine, worst] = [0.5, 0.99, 1].map(share => percentile(load.latencies, share).toFixed(1))
  printTable(['load', 'value'], [
    ['requests', sent],
    [
      'requests sent/s, answered/s',
      `${(sent / loadSeconds).toFixed(0)}, ${(sent / (loadSeconds + lastAnswerSeconds)).toFixed(0)}`,
    ],
    ['5xx', load.fiveHundreds() + cycles.fiveHundreds()],
    ['other answers than documented', problems.reduce((sum, [, value]) => sum + value, 0)],
    ['latency p50, p99, worst, ms', `${median}, ${ninetyNine}, ${worst}`],
    [`calls waiting at once, at most (limit ${MAXIMUM_BACKLOG})`, largestBacklog],
    [`last answer after the end, s (limit ${MAXIMUM_DELAY_SECONDS})`, lastAnswerSeconds.toFixed(2)],
    [
      'resident memory after warm-up, at the end, MB',
      `${warmMemory[0]!.value.toFixed(1)}, ${warmMemory.at(-1)!.value.toFixed(1)}`,
    ],
    [
      `slope of the lowest resident memory of each ${WINDOW_SECONDS} s, MB/h (limit ${MAXIMUM_SLOPE_MB_PER_HOUR})`,
      slope.toFixed(1),
    ],
    [
      'descriptors before the load, at most under it, after it',
      `${descriptorsBefore}, ${Math.max(...openedUnderLoad)}, ${descriptorsAfter}`,
    ],
  ])
  console.log()
  printTable(['call: answer', 'count'], [...load.outcomes, ...cycles.outcomes].toSorted())
  const keptUp = largestBacklog <= MAXIMUM_BACKLOG && lastAnswerSeconds <= MAXIMUM_DELAY_SECONDS
  return problems.length === 0 && keptUp && slope <= MAXIMUM_SLOPE_MB_PER_HOUR && descriptorsAfter <= descriptorsBefore
}
