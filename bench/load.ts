/**
 * `npm run load`: mixed load of LOAD_RATE requests/s (500) for LOAD_SECONDS (600) against the built service.
 * Passes when every answer is as documented, none is 5xx, and memory and descriptors stay flat.
 */
import { readdir } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { Agent } from 'undici'
import { createCalls, type Call } from './load-calls.js'
import { printTable } from './measure.js'
import { residentMemory, run, type Running } from './process.js'
import { numberedAddress, SETUP } from './setup.js'
import { lowest, type Sample, slopePerHour } from './trend.js'

const SECONDS = Number(process.env['LOAD_SECONDS'] ?? 600)
const RATE = Number(process.env['LOAD_RATE'] ?? 500)
/** Growth beyond this is a leak: a hundred bytes for each of the requests of an hour would be 180 MB. */
const MAXIMUM_SLOPE_MB_PER_HOUR = Number(process.env['LOAD_MAXIMUM_SLOPE'] ?? 30)
/** By then the service has closed the connections of the load (its keep-alive is 5 s). */
const AFTERWARDS_MS = 7000
/** Caches and compiled code fill up first. */
const WARM_UP_SECONDS = SECONDS / 5
const WINDOW_SECONDS = 10
const TICK_MS = 20

const service = await run('service')
const dispatcher = new Agent({ connections: 64 })
const apiKey = await prepare()
const descriptorsBefore = await countDescriptors(service)
const calls = createCalls({ url: service.url, apiKey, dispatcher })
const outcomes = new Map<string, number>()
const problems = new Map<string, number>()
let sent = 0
let fiveHundreds = 0

const [memory, descriptors] = await underLoad(sample)
await dispatcher.close()
await setTimeout(AFTERWARDS_MS)
const descriptorsAfter = await countDescriptors(service)
await service.end()
process.exitCode = report() ? 0 : 1

async function prepare (): Promise<string> {
  const { data } = await (await fetch(`${service.url}/api/generateApiKey`, { method: 'POST' })).json() as { data: string }
  const headers = { 'api-key': data, 'content-type': 'application/json' }
  const generators = Array.from({ length: 10 }, (_, index) => ({ address: numberedAddress(index + 1), data: 'load', supported_markets: ['1'] }))
  for (const [path, body] of [['generatorConfigSetup', { ...SETUP, generator_config: generators }], ['startGenerator', {}]] as const) {
    const answer = await fetch(`${service.url}/api/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
  }
  return data
}

/** Sends at the rate, whether answers come or not, until the work is done and the last answer is there. */
async function underLoad<Result> (work: () => Promise<Result>): Promise<Result> {
  const begun = performance.now()
  const waiting = new Set<Promise<void>>()
  const timer = setInterval(() => {
    const due = Math.floor((performance.now() - begun) / 1000 * RATE)
    for (; sent < due; sent++) {
      const answered = count(calls[callIndex(sent)]!, sent).finally(() => waiting.delete(answered))
      waiting.add(answered)
    }
  }, TICK_MS)
  const result = await work()
  clearInterval(timer)
  await Promise.all(waiting)
  return result
}

/** The calls in turn by their shares, well mixed: 37 and 100 have no common factor. */
function callIndex (number: number): number {
  let place = number * 37 % 100
  return calls.findIndex(({ share }) => (place -= share) < 0)
}

async function count ({ name, statuses, send }: Call, number: number): Promise<void> {
  const status = await send(number).catch((error: NodeJS.ErrnoException) => error.code ?? error.message)
  const outcome = `${name}: ${status}`
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  if (Number(status) >= 500) fiveHundreds += 1
  if (!statuses.includes(Number(status))) problems.set(outcome, (problems.get(outcome) ?? 0) + 1)
}

/** Resident memory in MB and open descriptors, once a second. */
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
  printTable(['load', 'value'], [
    ['requests', sent],
    ['requests/s', (sent / SECONDS).toFixed(0)],
    ['5xx', fiveHundreds],
    ['other answers than documented', [...problems.values()].reduce((sum, value) => sum + value, 0)],
    ['resident memory after warm-up, at the end, MB', `${warmMemory[0]!.value.toFixed(1)}, ${warmMemory.at(-1)!.value.toFixed(1)}`],
    [`slope of the lowest resident memory of each ${WINDOW_SECONDS} s, MB/h (limit ${MAXIMUM_SLOPE_MB_PER_HOUR})`, slope.toFixed(1)],
    ['descriptors before the load, at most under it, after it', `${descriptorsBefore}, ${Math.max(...openedUnderLoad)}, ${descriptorsAfter}`],
  ])
  console.log()
  printTable(['call: answer', 'count'], [...outcomes].toSorted())
  return problems.size === 0 && slope <= MAXIMUM_SLOPE_MB_PER_HOUR && descriptorsAfter <= descriptorsBefore
}
