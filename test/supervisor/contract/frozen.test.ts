import { type Test, test } from 'tap'
import { setup } from '../../fixtures/configuration.js'
import { build, type Service } from '../../helper.js'
import { skipWithout, startDaemon } from '../real/daemon.js'
import { until } from '../real/processes.js'

const PROGRAM = '[program:kalypso-generator]\ncommand=/bin/sleep 1000\nautostart=true\n'
const ROWS = [
  { name: 'go-0.7.3', transport: 'http', driver: 'XML-RPC' },
  { name: 'python-4.2.5', transport: 'unix', driver: 'XML-RPC' },
  { name: 'go-0.7.3', transport: 'http', driver: 'ctl' },
] as const

const ROUTES = [
  ['GET', 'getGeneratorStatus'],
  ['POST', 'startGenerator'],
  ['POST', 'stopGenerator'],
  ['POST', 'restartGenerator'],
] as const
const OPERATION_TIMEOUT_MS = 1_000
/** A busy machine may add this time. */
const SLACK_MS = 4_000

/** Every route that asks the supervisor answers with the code, in time. */
async function expectTrouble (t: Test, { send }: Service, statusCode: 503 | 504, code: string): Promise<void> {
  for (const [method, route] of ROUTES) {
    const begun = performance.now()
    const answer = await send(method, `/api/${route}`)
    const milliseconds = performance.now() - begun
    t.ok(milliseconds < OPERATION_TIMEOUT_MS + SLACK_MS, `${route}: ${Math.round(milliseconds)} ms`)
    t.equal(answer.statusCode, statusCode)
    t.strictSame({ ...answer.json(), message: '' }, { status: 'error', statusCode, code, message: '', data: null })
  }
}

for (const { name, transport, driver } of ROWS) {
  const title = `routes, readiness and metrics while ${name} over ${driver} hangs, and is down`
  test(title, { skip: skipWithout(name) }, async t => {
    const daemon = await startDaemon(t, { name, transport, programs: () => PROGRAM })
    const supervisor = driver === 'ctl' ? { SUPERVISORD_PATH: daemon.executable } : { SUPERVISORD_URL: daemon.url }
    const service = await build(t, { variables: { ...supervisor, OPERATION_TIMEOUT_MS: String(OPERATION_TIMEOUT_MS) } })
    const { app, send, generateApiKey } = service
    await generateApiKey()
    t.equal((await send('POST', '/api/generatorConfigSetup', setup)).statusCode, 200)
    const ready = async () => (await app.inject({ url: '/health/ready' })).statusCode
    await until('the service is ready', async () => await ready() === 200)
    const running = (await send('GET', '/metrics')).body
    t.match(running, /^generator_client_ready\{condition="supervisor"\} 1$/m)
    t.match(running, /^generator_client_program_state\{program="kalypso-generator",state="(RUNNING|STARTING)"\} 1$/m)

    await daemon.freeze()
    await until('the service is not ready', async () => await ready() === 503)
    const begun = performance.now()
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => (await app.inject({ url: '/health/ready' })).json())
    )
    const scrape = await send('GET', '/metrics')
    t.ok(performance.now() - begun < 10_000, `${Math.round(performance.now() - begun)} ms`)
    for (const answer of answers) {
      t.strictSame(answer.data, {
        missing: [
          {
            name: 'supervisor',
            problem: 'the supervisor does not answer in time: check whether supervisord hangs or is stopped',
          },
        ],
      })
    }
    t.equal(scrape.statusCode, 200)
    t.match(scrape.body, /^generator_client_ready\{condition="supervisor"\} 0$/m)
    t.notMatch(scrape.body, /^generator_client_program_state\{/m)
    t.equal((await app.inject({ url: '/health/live' })).statusCode, 200)
    await expectTrouble(t, service, 504, 'SUPERVISOR_TIMEOUT')

    daemon.thaw()
    await until('the service is ready again', async () => await ready() === 200)
    await daemon.kill()
    await expectTrouble(t, service, 503, 'SUPERVISOR_UNAVAILABLE')
  })
}
