/**
 * Measures signatures a second with 1 and 64 clients: `npm run bench -- signing`. With RUST_ORIGINAL=PATH, signAddress
 * is also measured on the original service at that path, in turns.
 */
import { runOriginal } from './changes/original.js'
import { drive, median, printTable } from './measure.js'
import { run } from './process.js'
import { numberedAddress } from './setup.js'

const ROUNDS = 5
const address = numberedAddress(1)
const CALLS = [
  { name: 'signAddress', body: { address }, isOriginal: true },
  // A document of Nitro has about 4,500 bytes.
  { name: 'signAttestation', body: { attestation: `0x${'ab'.repeat(4500)}`, address }, isOriginal: false },
]

const service = await run('service')
const { data } = await (await fetch(`${service.url}/api/generateApiKey`, { method: 'POST' })).json() as { data: string }
const ours = { url: service.url, headers: { 'api-key': data } as Record<string, string> }
const path = process.env['RUST_ORIGINAL']
const original = path === undefined ? null : await runOriginal(path)
const rows = []
for (const { name, body, isOriginal } of CALLS) {
  for (const connections of [1, 64]) {
    const figures = { ours: [] as number[], original: [] as number[] }
    const measure = async ({ url, headers }: typeof ours) =>
      (await drive({ url: `${url}/api/${name}`, method: 'POST', headers, body, connections, seconds: 2 })).perSecond
    for (let round = 0; round < ROUNDS; round++) {
      figures.ours.push(await measure(ours))
      if (original !== null && isOriginal) figures.original.push(await measure(original))
    }
    const theirs = figures.original.length === 0 ? null : median(figures.original)
    const reached = median(figures.ours)
    rows.push([name, connections, reached, ...theirs === null ? ['', ''] : [theirs, (reached / theirs).toFixed(2)]])
  }
}
await original?.end()
await service.end()
printTable(['call', 'clients', 'signatures a second', 'the original', 'ratio (target: at least 0.8 and 0.45)'], rows)
