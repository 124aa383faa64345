/**
 * `npm run bench -- malformed` measures a malformed encrypted body over HTTP, from the first byte sent to the 400. It
 * compares the time with the same bytes at a route that only reads and parses them. It prints the median of 9 runs
 * after 3 to warm up.
 */
import { median, printTable } from '../measure.js'
import { run } from '../process.js'

const MILLION = 1_000_000
const ARRAYS: Record<string, string> = {
  fraction: '1.5',
  256: '256',
  '-1': '-1',
  nested: '[1]',
  'wrong length': '1',
  'a million bytes': Array(MILLION).fill(7).join(),
  'a million bytes, the last a fraction': [...Array(MILLION).fill(7), 0.5].join(),
  'a million fractions': Array(MILLION).fill('0.5').join(),
  'a million arrays': Array(MILLION).fill('[1]').join(),
}
const FIELDS = ['request', 'response_key', 'signature']

const [service, bare] = [await run('service'), await run('bare')]
const { data: key } = (await (await fetch(`${service.url}/api/generateApiKey`, { method: 'POST' })).json()) as {
  data: string
}

async function medianOf (url: string, body: string, status: number): Promise<string> {
  const durations = []
  for (let round = 0; round < 12; round++) {
    const start = performance.now()
    const response = await fetch(url, {
      method: 'POST', body, headers: { 'content-type': 'application/json', 'api-key': key }
    })
    await response.arrayBuffer()
    durations.push(performance.now() - start)
    if (response.status !== status) throw new Error(`${url} answered ${response.status}`)
  }
  return median(durations.slice(3)).toFixed(1)
}

const rows = []
for (const [name, array] of Object.entries(ARRAYS)) {
  for (const url of ['generatorConfigSetup', 'generatorConfigSetupEncrypted']) {
    const body = `{${FIELDS.map(field => `"${field}":[${field === 'request' ? array : 1}]`).join()}}`
    rows.push([
      name,
      url,
      body.length,
      await medianOf(`${service.url}/api/${url}`, body, 400),
      await medianOf(bare.url, body, 200),
    ])
  }
}
await service.end()
await bare.end()
printTable(['request', 'endpoint', 'bytes', 'refused in ms', 'Fastify alone, ms'], rows)
