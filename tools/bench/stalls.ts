/**
 * `npm run bench -- stalls` measures how long one request of the owner holds up everybody else. It shows the longest
 * time between two answers of /health/live meanwhile, and the same with nothing else to do. It takes 9 rounds after 3
 * to warm up. Another process sends the requests (stalls-owner.ts), so that only the service can hold up the answers.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { median, printTable } from './measure.js'
import { run } from './process.js'

const ROUNDS = 12
const WARM_UP = 3
const REQUESTS = ['nothing', 'setup', 'encrypted setup', 'getGeneratorConfig', 'a body of 330,000 keys']

const service = await run('service')
const owner = fork(fileURLToPath(new URL('./stalls-owner.js', import.meta.url)), [service.url])
await once(owner, 'message')

/** The longest time between two answers while the owner's request is done, in ms. */
async function longestGap (name: string): Promise<number> {
  const state = { isDone: false }
  const done = once(owner, 'message').finally(() => { state.isDone = true })
  owner.send(name)
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

const rows = []
let idle = 0
for (const name of REQUESTS) {
  const gaps = []
  for (let round = 0; round < ROUNDS; round++) gaps.push(await longestGap(name))
  const warm = gaps.slice(WARM_UP)
  const gap = median(warm)
  if (idle === 0) idle = gap
  rows.push([name, gap.toFixed(1), (gap / idle).toFixed(1), Math.max(...warm).toFixed(1), gaps[0]!.toFixed(1)])
}
owner.disconnect()
await service.end()
printTable(['while', 'longest gap in ms, median', 'times nothing', 'longest', 'the first, with cold code'], rows)
