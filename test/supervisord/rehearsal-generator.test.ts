import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { request } from 'undici'
import t from 'tap'
import { freePort } from '../../tools/demo/free-port.js'
import { configFiles, ECIES_KEY, GAS_KEY, generator, launch, launchReady, runtime, URL_SECRETS } from './launch.js'

const ivs = 'http://127.0.0.1:3030'

function runtimeWith (markets: Record<string, { port?: string, ivs_url?: string, prover_gateway_url?: string }>) {
  return { ...runtime, markets }
}

async function call (port: number, path: string, method: 'GET' | 'POST' = 'GET') {
  const { statusCode, headers, body } = await request(`http://127.0.0.1:${port}${path}`, { method, reset: true })
  return { statusCode, type: headers['content-type'], body: await body.json() }
}

t.test('says that it is a rehearsal, what it read, and keeps secrets to itself', async t => {
  const files = configFiles()
  const rehearsal = await launchReady(t, { folder: t.testdir({ generator_config: files }) })
  rehearsal.child.kill('SIGTERM')
  t.same(await rehearsal.ended, { code: 0, signal: null })

  const digest = createHash('sha256').update(
    files['generator_config.json'] + files['runtime_config.json']
  ).digest('hex').slice(0, 12)
  const lines = rehearsal.stdout().trimEnd().split('\n')
  for (const line of lines) t.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /)
  t.same(lines.map(line => line.slice(line.indexOf(' ') + 1)), [
    'This is a rehearsal generator: it makes no proofs. It stands in until command= in supervisord.conf names yours.',
    `Config read from generator_config/generator_config.json and generator_config/runtime_config.json, digest ${digest}`,
    'Chain 42170 from block 27432365, RPC at rpc.example:8443 and sockets.example',
    'Total number of generators: 1',
    `Generator ${generator.address} "Eren", markets: 2`,
    'No markets in runtime_config.json: nothing is served over HTTP',
    'Ready',
    'SIGTERM: stopping',
  ])
  t.equal(rehearsal.stderr(), '')
  for (const secret of [ECIES_KEY, GAS_KEY, ...URL_SECRETS]) t.notMatch(rehearsal.stdout(), secret)
})

t.test('takes what listeners of October 2024 and later take', async t => {
  const port = String(await freePort())
  const { ws_url: _, ...others } = runtimeWith({
    1: { port }, 2: { ivs_url: '', prover_gateway_url: 'http://127.0.0.1:3031' }
  })
  for (const runtimeConfig of [others, { ...others, ws_url: 'wss:://no-url' }]) {
    const rehearsal = await launchReady(t, { folder: t.testdir({ generator_config: configFiles({ runtimeConfig }) }) })
    t.match(rehearsal.stdout(), 'RPC at rpc.example:8443\n')
    t.match(rehearsal.stdout(), `Market 1: http://127.0.0.1:${port}/api\n`)
    t.notMatch(rehearsal.stdout(), 'Market 2')
    rehearsal.child.kill('SIGTERM')
    await rehearsal.ended
  }
})

t.test('prints both files where it is told to', async t => {
  const files = configFiles()
  const rehearsal = await launchReady(t, {
    folder: t.testdir({ generator_config: files }), environment: { REHEARSAL_PRINT_CONFIG: 'true' }
  })
  for (const text of Object.values(files)) t.match(rehearsal.stdout(), `\n${text}\n`)
})

t.test('lists 20 generators at most', async t => {
  const generators = Array.from(
    { length: 23 }, (_, index) => ({ ...generator, address: `0x${String(index).padStart(40, '0')}` })
  )
  const rehearsal = await launchReady(t, { folder: t.testdir({ generator_config: configFiles({ generators }) }) })
  t.match(rehearsal.stdout(), 'Total number of generators: 23')
  t.equal(rehearsal.stdout().match(/ Generator 0x/g)?.length, 20)
  t.match(rehearsal.stdout(), '… and 3 more generators\n')
})

t.test('cleans and shortens the data text', async t => {
  const data = `\u001b[31mred\nforged line\u2028\u202e\ud800${'🦊'.repeat(100)}`
  const rehearsal = await launchReady(t, {
    folder: t.testdir({ generator_config: configFiles({ generators: [{ ...generator, data }] }) })
  })
  t.match(rehearsal.stdout(), `" [31mred forged line   ${'🦊'.repeat(80 - 23 - 1)}…", markets: 2\n`)
})

t.test('serves its markets, a port that two of them share once', async t => {
  const [first, second] = [await freePort(), await freePort()]
  const markets = {
    1: { port: String(first), ivs_url: ivs },
    2: { port: String(second), ivs_url: ivs },
    3: { port: String(second), ivs_url: ivs },
  }
  const folder = t.testdir({ generator_config: configFiles({ runtimeConfig: runtimeWith(markets) }) })
  const rehearsal = await launchReady(t, { folder, environment: { REHEARSAL_HEARTBEAT_SECONDS: '0.1' } })
  t.match(rehearsal.stdout(), `Market 1: http://127.0.0.1:${first}/api\n`)

  for (const port of [first, second]) {
    t.same(await call(port, '/api/test'), {
      statusCode: 200,
      type: 'application/json',
      body: { message: 'The rehearsal generator is running; it makes no proofs.', data: null },
    })
  }
  t.same(await call(first, '/api/generateProof', 'POST'), {
    statusCode: 501,
    type: 'application/json',
    body: { message: 'This is a rehearsal generator: it makes no proofs.', data: null },
  })
  const unknown = { statusCode: 404, type: 'application/json', body: { message: 'No such endpoint.', data: null } }
  t.same(await call(first, '/'), unknown)
  t.same(await call(first, '/api/generateProof'), unknown)
  t.same(await call(first, '/api/test', 'POST'), unknown)
  await rehearsal.printed('s, requests: 6\n')
  t.match(rehearsal.stdout(), /Alive for \d+ s, requests: 6\n/)
})

t.test('benchmark measures a computation, which callers at the same time share', async t => {
  const port = await freePort()
  const folder = t.testdir({
    generator_config: configFiles({ runtimeConfig: runtimeWith({ 1: { port: String(port), ivs_url: ivs } }) })
  })
  await launchReady(t, { folder })
  const startedAt = performance.now()
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(port, '/api/benchmark?market_id=1')))
  const elapsed = performance.now() - startedAt
  const { time_in_ms: time } = answers[0]?.body as { time_in_ms: number }
  t.ok(Number.isInteger(time) && time > 0 && time <= elapsed, `${time} ms of ${elapsed} ms`)
  for (const answer of answers) {
    t.same(answer, {
      statusCode: 200, type: 'application/json', body: { data: 'Success', time_in_ms: time }
    })
  }

  const again = await call(port, '/api/benchmark')
  t.match(again.body, { data: 'Success', time_in_ms: Number })
})

t.test('a port in use is one clear line and exit code 1, also when another market is served already', async t => {
  const occupier = createServer().listen(0, '127.0.0.1')
  await once(occupier, 'listening')
  t.teardown(() => once(occupier.close(), 'close'))
  const { port: taken } = occupier.address() as { port: number }
  const free = await freePort()
  // Integer-like names come first in a JSON object, in numeric order.
  const markets = { 1: { port: String(free), ivs_url: ivs }, 2: { port: String(taken), ivs_url: ivs } }
  const rehearsal = launch(t, {
    folder: t.testdir({ generator_config: configFiles({ runtimeConfig: runtimeWith(markets) }) })
  })
  t.same(await rehearsal.ended, { code: 1, signal: null })
  t.equal(
    rehearsal.stderr(),
    `rehearsal generator: runtime_config.json: runtime_config.markets.2.port: listen EADDRINUSE: address already in use 127.0.0.1:${taken}\n`
  )
  t.match(rehearsal.stdout(), `Market 1: http://127.0.0.1:${free}/api\n`)
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} ends it with 0 in time, answers what is under way and waits for no stalled client`, async t => {
    const port = await freePort()
    const folder = t.testdir({
      generator_config: configFiles({ runtimeConfig: runtimeWith({ 1: { port: String(port), ivs_url: ivs } }) })
    })
    const rehearsal = await launchReady(t, { folder, environment: { REHEARSAL_HEARTBEAT_SECONDS: '0.02' } })
    const idle = await request(`http://127.0.0.1:${port}/api/test`)
    await idle.body.dump()
    // The generator's end may reset it.
    const stalled = connect(port, '127.0.0.1').on('error', () => {})
    await new Promise(resolve => stalled.write('POST /api/generateProof HTTP/1.1\r\nHost:', resolve))
    const underWay = call(port, '/api/benchmark')
    await rehearsal.printed('requests: 2\n')
    const signalledAt = performance.now()
    rehearsal.child.kill(signal)
    const exited = once(rehearsal.child, 'exit')
    t.match(await underWay, { statusCode: 200, body: { data: 'Success' } })
    await exited
    t.ok(performance.now() - signalledAt < 8000, `${Math.round(performance.now() - signalledAt)} ms`)
    t.same(await rehearsal.ended, { code: 0, signal: null })
    t.match(rehearsal.stdout(), `${signal}: stopping\n`)
  })
}
