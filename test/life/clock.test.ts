import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { setup } from '../fixtures/configuration.js'
import { startService } from '../service-process.js'

const CLOCK = join(import.meta.dirname, '../fixtures/jumping-clock.cjs')
/** The service answers a start before this. */
const MAXIMUM_START_SECONDS = 9
const DAY = 24 * 60 * 60 * 1000
/** The signal has arrived by then. */
const SETTLED_MS = 100

t.test('a clock that jumps by days changes neither states nor time limits', async t => {
  const service = await startService(t, { folder: t.testdir(), options: ['--require', CLOCK] })
  service.setApiKey((await service.call('POST', '/api/generateApiKey')).body['data'])
  await service.call('POST', '/api/generatorConfigSetup', setup)
  const started = await service.call('POST', '/api/startGenerator')
  t.equal(started.status, 200)
  let { pid } = started.body['process']
  let begun = performance.now()

  for (const [signal, days] of [['SIGUSR2', 1], ['SIGWINCH', 0], ['SIGWINCH', -1]] as const) {
    service.child.kill(signal)
    await setTimeout(SETTLED_MS)
    const { body } = await service.call('GET', '/api/getGeneratorStatus')
    t.match(body, { data: 'Generator has been started.', process: { state: 'RUNNING', pid, restarts: 0 } })
    const uptime = body['process'].uptime_seconds
    t.ok(uptime >= 0 && uptime <= (performance.now() - begun) / 1000 + MAXIMUM_START_SECONDS, `up for ${uptime} s`)

    const asked = performance.now()
    const restarted = await service.call('POST', '/api/restartGenerator')
    t.equal(restarted.status, 200, `restarted by a clock of ${days} days`)
    t.ok(performance.now() - asked < MAXIMUM_START_SECONDS * 1000)
    t.ok(
      Math.abs(Date.parse(restarted.body['process'].started_at) - Date.now() - days * DAY) < 60_000,
      'started_at is what the clock says'
    )
    pid = restarted.body['process'].pid
    begun = asked
  }
  t.match((await service.call('POST', '/api/stopGenerator')).body, {
    message: 'Generator stopped', process: { state: 'STOPPED' }
  })
  service.child.kill('SIGTERM')
  t.same(await service.exited, [0, null])
  t.comment('3 jumps of the clock, a restart after each')
})
