/** Start, memory and speed of the built service, each beside its limit in the same run: `npm run bench -- service`. */
import { mkdtemp, open, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConfigPair } from '../../src/config/pair/pair.js'
import { GENERATOR_FILE, print, RUNTIME_FILE } from '../../src/config/pair/files.js'
import { addGenerator, setUp } from '../../src/config/changes.js'
import { drive, median, printTable } from './measure.js'
import { residentMemory, run, type Running } from './process.js'
import { numberedAddress, SETUP } from './setup.js'
import { measureStart } from './start/start.js'

await measureStart({ rounds: 9, programs: ['bare', 'service'] })
const bare = await run('bare')
const service = await run('service')
const headers = await prepare(service)
await measureMemory(service)
await measureRequests()
await measureChanges()
await service.end()
await bare.end()
await measureStore()

async function prepare ({ url }: Running): Promise<Record<string, string>> {
  const { data } = await (await fetch(`${url}/api/generateApiKey`, { method: 'POST' })).json() as { data: string }
  const headers = { 'api-key': data }
  await send('POST', '/api/generatorConfigSetup', SETUP, headers)
  return headers
}

async function send (method: string, path: string, body: unknown, headers: Record<string, string>): Promise<void> {
  const response = await fetch(`${service.url}${path}`, { method, body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } })
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`)
}

async function measureMemory ({ pid, url }: Running): Promise<void> {
  const idle = await residentMemory(pid)
  let count = 0
  while (count < 100_000) count += (await drive({ url: `${url}/api/getGeneratorStatus`, headers, seconds: 2 })).count
  console.log()
  printTable(['resident memory', 'MB'], [
    ['Fastify alone, idle', (await residentMemory(bare.pid)).toFixed(0)],
    ['service after its first setup', idle.toFixed(0)],
    [`service after ${count} requests (target: below 90)`, (await residentMemory(pid)).toFixed(0)],
  ])
}

async function measureRequests (): Promise<void> {
  const loads = [
    { name: 'getGeneratorStatus', path: '/api/getGeneratorStatus' },
    { name: 'fetchGeneratorPublicKeys', path: '/api/fetchGeneratorPublicKeys', body: { generator_address: numberedAddress(1) } },
    { name: 'signAddress', path: '/api/signAddress', body: { address: numberedAddress(1) } },
  ]
  const rows = []
  for (const { name, path, body } of loads) {
    const method = body === undefined ? 'GET' : 'POST'
    const limit = await drive({ url: bare.url, method, body })
    const reached = await drive({ url: `${service.url}${path}`, method, body, headers })
    rows.push([name, reached.perSecond, reached.p50, reached.p99, limit.perSecond, (reached.perSecond / limit.perSecond).toFixed(2)])
  }
  console.log()
  printTable(['16 connections', 'requests/s', 'p50 ms', 'p99 ms', 'bare route, requests/s', 'ratio'], rows)
}

/** Changes over HTTP: one after another, and 64 at once. */
async function measureChanges (): Promise<void> {
  const add = async (number: number) => await send('POST', '/api/addNewGenerator', { address: numberedAddress(1000 + number), data: '', supported_markets: ['1'] }, headers)
  const COUNT = 256
  let start = performance.now()
  for (let number = 0; number < COUNT; number++) await add(number)
  const sequential = COUNT / (performance.now() - start) * 1000
  start = performance.now()
  for (let round = 1; round <= COUNT / 64; round++) await Promise.all(Array.from({ length: 64 }, async (_, index) => await add(round * COUNT + index)))
  const concurrent = COUNT / (performance.now() - start) * 1000
  console.log()
  printTable(['addNewGenerator', 'changes/s'], [
    ['one after another', sequential.toFixed(0)], ['64 at once', concurrent.toFixed(0)], ['ratio (target: at least 5)', (concurrent / sequential).toFixed(1)],
  ])
}

/**
 * Measures one durable change of the pair, and a plain write of the same bytes with temp file, fsync, rename, and fsync
 * of the folder.
 */
async function measureStore (): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'generator-client-bench-'))
  const pair = createConfigPair({ folder })
  let configuration = setUp(SETUP, '11'.repeat(32))
  await pair.write(print(configuration))
  const times = { raw: [] as number[], pair: [] as number[] }
  for (let round = 0; round < 100; round++) {
    configuration = addGenerator(configuration, { address: numberedAddress(100 + round), data: '', supported_markets: ['1'] }, '11'.repeat(32))
    configuration = { ...configuration, runtime: { ...configuration.runtime, start_block: round + 2 } }
    const texts = print(configuration)
    times.raw.push(await timed(async () => await writeRaw(folder, { 'raw-1': texts[GENERATOR_FILE], 'raw-2': texts[RUNTIME_FILE] })))
    times.pair.push(await timed(async () => await pair.write(texts)))
  }
  await rm(folder, { recursive: true })
  const [raw, ours] = [median(times.raw), median(times.pair)]
  console.log()
  printTable(['a durable change of both files, median of 100', 'ms'], [
    ['raw: temp file, fsync, rename, folder fsync', raw.toFixed(2)], ['pair', ours.toFixed(2)], ['ratio (target: at most 2)', (ours / raw).toFixed(2)],
  ])
}

async function writeRaw (folder: string, texts: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(texts)) {
    const handle = await open(join(folder, `${name}.tmp`), 'w', 0o600)
    await handle.writeFile(text)
    await handle.sync()
    await handle.close()
    await rename(join(folder, `${name}.tmp`), join(folder, name))
  }
  const handle = await open(folder, 'r')
  await handle.sync()
  await handle.close()
}

async function timed (work: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
