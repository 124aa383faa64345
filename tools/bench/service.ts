/** Memory and speed of the built service, each beside its limit in the same run: `npm run bench -- service`. */
import { drive, printTable } from './measure.js'
import { residentMemory, run, type Running } from './process.js'
import { numberedAddress, SETUP } from './setup.js'

const bare = await run('bare')
const service = await run('service')
const headers = await prepare(service)
await measureMemory(service)
await measureRequests()
await service.end()
await bare.end()

async function prepare ({ url }: Running): Promise<Record<string, string>> {
  const { data } = await (await fetch(`${url}/api/generateApiKey`, { method: 'POST' })).json() as { data: string }
  const headers = { 'api-key': data }
  await send('POST', '/api/generatorConfigSetup', SETUP, headers)
  return headers
}

async function send (method: string, path: string, body: unknown, headers: Record<string, string>): Promise<void> {
  const response = await fetch(`${service.url}${path}`, {
    method, body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' }
  })
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
    {
      name: 'fetchGeneratorPublicKeys',
      path: '/api/fetchGeneratorPublicKeys',
      body: { generator_address: numberedAddress(1) },
    },
  ]
  const rows = []
  for (const { name, path, body } of loads) {
    const method = body === undefined ? 'GET' : 'POST'
    const limit = await drive({ url: bare.url, method, body })
    const reached = await drive({ url: `${service.url}${path}`, method, body, headers })
    rows.push([
      name,
      reached.perSecond,
      reached.p50,
      reached.p99,
      limit.perSecond,
      (reached.perSecond / limit.perSecond).toFixed(2),
    ])
  }
  console.log()
  printTable(['16 connections', 'requests/s', 'p50 ms', 'p99 ms', 'bare route, requests/s', 'ratio'], rows)
}
