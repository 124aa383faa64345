import autocannon from 'autocannon'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONFIG_FILES, print, RUNTIME_FILE } from '../../../src/config/pair/files.js'
import { setUp, updateGenerator } from '../../../src/config/changes.js'
import { median, printTable } from '../measure.js'
import { run } from '../process.js'
import { numberedAddress, SETUP } from '../setup.js'
import { createLeastChange } from './least.js'
import { runOriginal } from './original.js'

const ROUNDS = 5
const SECONDS = 2
const CLIENTS = [1, 10, 64]

interface Target { url: string, headers: Record<string, string> }

/** Changes by HTTP, each another one, beside the least durable change without HTTP, and the original where RUST_ORIGINAL names it. */
export async function measureRequests (): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'generator-client-bench-'))
  const counter = join(folder, 'syncs')
  const counting = new URL('./count-syncs.js', import.meta.url).href
  const service = await run('service', { NODE_OPTIONS: `--import=${counting}`, SYNC_COUNT_FILE: counter })
  const ours = { url: service.url, headers: await prepare(service.url) }
  const original = process.env['RUST_ORIGINAL'] === undefined ? null : await runOriginal(process.env['RUST_ORIGINAL'])

  const floors: number[] = []
  const figures = CLIENTS.map(clients => ({
    clients, ours: [] as number[], syncs: [] as number[], original: [] as number[], wrong: [] as number[]
  }))
  for (let round = 0; round < ROUNDS; round++) {
    floors.push(await leastChanges(join(folder, String(round))))
    for (const figure of figures) {
      const before = Number(await readFile(counter, 'utf8'))
      const { answers, perSecond } = await change(ours, figure.clients)
      figure.ours.push(perSecond)
      figure.syncs.push((Number(await readFile(counter, 'utf8')) - before) / answers)
      if (original === null) continue
      const theirs = await change(original, figure.clients)
      figure.original.push(theirs.perSecond)
      figure.wrong.push(theirs.wrong)
    }
  }
  await service.end()
  await original?.end()
  await rm(folder, { recursive: true })

  const floor = median(floors)
  printTable(
    [
      'clients', 'changes a second', 'fsyncs a change', 'the least, one after another, changes a second', 'ratio',
      'the original (no fsync), answers a second', 'wrong answers of it', 'ratio (target at 10 and 64: at least 1.2)',
    ],
    figures.map(({ clients, ours, syncs, original, wrong }) => [
      clients,
      Math.round(median(ours)),
      median(syncs).toFixed(2),
      Math.round(floor),
      (median(ours) / floor).toFixed(2),
      ...(original.length === 0
        ? ['', '', '']
        : [
            Math.round(median(original)),
            wrong.reduce((sum, one) => sum + one, 0),
            (median(ours) / median(original)).toFixed(2),
          ]),
    ])
  )
}

async function prepare (url: string): Promise<Record<string, string>> {
  const { data } = await (await fetch(`${url}/api/generateApiKey`, { method: 'POST' })).json() as { data: string }
  const headers = { 'api-key': data }
  const response = await fetch(`${url}/api/generatorConfigSetup`, {
    method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(SETUP)
  })
  if (!response.ok) throw new Error(await response.text())
  return headers
}

let changes = 0

function numberedChange () {
  return { address: numberedAddress(1), data: String(++changes), supported_markets: ['1'] }
}

/** All answers count, also the wrong ones, which cost the original less. */
async function change (
  { url, headers }: Target,
  clients: number
): Promise<{ answers: number, perSecond: number, wrong: number }> {
  const result = await autocannon({
    url: `${url}/api/updateGeneratorConfig`,
    method: 'PUT',
    connections: clients,
    duration: SECONDS,
    headers: { ...headers, 'content-type': 'application/json' },
    // autocannon's own replacement of ids gives a wrong content-length.
    requests: [{ setupRequest: request => ({ ...request, body: JSON.stringify(numberedChange()) }) }],
  })
  const answers = result['2xx'] + result.non2xx
  return { answers, perSecond: answers / result.duration, wrong: result.non2xx + result.errors }
}

/** Changes a second, each of one file as those by HTTP. */
async function leastChanges (folder: string): Promise<number> {
  const least = createLeastChange(folder)
  const configuration = setUp(SETUP, '11'.repeat(32))
  await least.write(print(configuration))
  const begun = performance.now()
  let count = 0
  for (; performance.now() - begun < SECONDS * 1000; count++) {
    const texts = print(updateGenerator(configuration, { address: numberedAddress(1), data: String(count) }))
    await least.write({ ...texts, [RUNTIME_FILE]: null })
    least.clearUp([...CONFIG_FILES])
  }
  return count / (performance.now() - begun) * 1000
}
