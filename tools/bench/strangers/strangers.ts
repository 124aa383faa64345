/**
 * `npm run bench -- strangers` measures how long the owner's new connection waits for an answer. Meanwhile two
 * strangers, processes of their own, send all that they can. Each figure is a ratio to the idle one of the same run.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setPriority } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { printTable } from '../measure.js'
import { run } from '../process.js'
import { percentile } from '../load/trend.js'

const SECONDS = Number(process.env['STRANGER_SECONDS'] ?? 5)
const PAUSE_MS = 5

const KINDS = {
  'two strangers, 64 new connections each': ['new', '64'],
  'two strangers, 200 connections each, ten requests pipelined on each': ['pipelined', '200'],
} as const

const service = await run('service')
const port = Number(new URL(service.url).port)
const { data: key } = (await (await fetch(`${service.url}/api/generateApiKey`, { method: 'POST' })).json()) as {
  data: string
}
await (await fetch(`${service.url}/documentation`)).text()

const idle = await measure()
const rows = [row('idle', idle)]
for (const [name, [kind, count]] of Object.entries(KINDS)) {
  const strangers = ['/health/live', '/documentation/static/index.css'].map(path =>
    fork(fileURLToPath(new URL('./stranger.js', import.meta.url)), [kind, count, String(port), path])
  )
  // Strangers run on other machines in the field, so they must take little of this one's time.
  for (const { pid } of strangers) setPriority(pid!, 10)
  await setTimeout(1000)
  rows.push(row(name, await measure()))
  for (const stranger of strangers) {
    stranger.kill()
    await once(stranger, 'exit')
  }
}
await service.end()
printTable(
  [
    "owner's new connection to its answer", 'asked', 'p50 ms', 'over idle (target: at most 5)', 'p99 ms',
    'longest ms (target: at most 1000)',
  ],
  rows
)

function row (name: string, latencies: number[]): string[] {
  const [p50, p99, longest] = [0.5, 0.99, 1].map(share => percentile(latencies, share))
  return [
    name,
    String(latencies.length),
    p50!.toFixed(2),
    (p50! / percentile(idle, 0.5)).toFixed(1),
    p99!.toFixed(1),
    longest!.toFixed(0),
  ]
}

async function measure (): Promise<number[]> {
  const latencies: number[] = []
  const end = performance.now() + SECONDS * 1000
  while (performance.now() < end) {
    latencies.push(await ask())
    await setTimeout(PAUSE_MS)
  }
  return latencies
}

/** Milliseconds from the connection's begin to its answer. */
async function ask (): Promise<number> {
  const start = performance.now()
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET /api/getRuntimeConfig HTTP/1.1\r\nhost: x\r\napi-key: ${key}\r\n\r\n`)
  const [answer] = await once(socket, 'data')
  const milliseconds = performance.now() - start
  socket.destroy()
  if (!String(answer).startsWith('HTTP/1.1 409')) throw new Error(String(answer))
  return milliseconds
}
