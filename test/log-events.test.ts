import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { logEvents } from '../src/log-events.js'

t.test('lines become events, silence becomes heartbeats, the end is the end', async t => {
  async function * lines () {
    yield 'one'
    await setTimeout(250)
    yield 'two'
  }
  const events = []
  for await (const event of logEvents({ lines: lines(), heartbeatMs: 100 })) events.push(event)
  t.same(events.filter(event => event !== ': heartbeat\n\n'), [': following\n\n', 'data: one\n\n', 'data: two\n\n'])
  t.ok(events.length >= 4 && events.length <= 6, `${events.length} events`)
  t.equal(events.at(-1), 'data: two\n\n')
})
