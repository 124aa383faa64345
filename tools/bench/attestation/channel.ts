/**
 * Measures what a kept connection in TLS costs the service beside a plain one, and a handshake beside a plain new
 * connection: `npm run bench -- channel`. Both take turns. The figures are CPU of the service, in us.
 */
import { once } from 'node:events'
import { Agent as HttpAgent, get } from 'node:http'
import { Agent as HttpsAgent, get as getTls } from 'node:https'
import { median, printTable } from '../measure.js'
import { cpuTime, run } from '../process.js'

const ROUNDS = 6
const SCHEMES = ['http', 'https'] as const
type Scheme = typeof SCHEMES[number]

/** The time of a process has ticks of 10 ms, so that a round takes some hundred of them. */
const CASES = [
  { name: 'request on a kept connection', keepAlive: true, requests: 10_000, target: '1.3' },
  { name: 'request on a new connection', keepAlive: false, requests: 1_000, target: 'none' },
]

const service = await run('service')
const address = service.url.replace(/^http/, '')
const rows = []
for (const { name, keepAlive, requests, target } of CASES) {
  const figures: Record<Scheme, number[]> = { http: [], https: [] }
  for (let round = 0; round < ROUNDS; round++) {
    for (const scheme of SCHEMES) figures[scheme].push(await costOf(scheme, keepAlive, requests))
  }
  const [plain, tls] = SCHEMES.map(scheme => median(figures[scheme]))
  rows.push([name, plain!.toFixed(0), tls!.toFixed(0), (tls! / plain!).toFixed(2), target])
}
await service.end()
printTable(['/health/live, us of CPU, median of 6', 'plain', 'TLS', 'ratio', 'target'], rows)

/** The CPU of the service for a request, in us. */
async function costOf (scheme: Scheme, keepAlive: boolean, requests: number): Promise<number> {
  const agent = scheme === 'http'
    ? new HttpAgent({ keepAlive })
    : new HttpsAgent({ keepAlive, rejectUnauthorized: false, maxCachedSessions: 0 })
  const ask = scheme === 'http' ? get : getTls
  const before = await cpuTime(service.pid)
  for (let index = 0; index < requests; index++) {
    const [answer] = await once(ask(`${scheme}${address}/health/live`, { agent }), 'response')
    await once(answer.resume(), 'end')
  }
  const spent = await cpuTime(service.pid) - before
  agent.destroy()
  return spent * 1000 / requests
}
