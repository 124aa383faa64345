import t from 'tap'
import { createReplays } from '../../src/channel/replays.js'

t.test('a message is known for 24 hours', async t => {
  let now = 0
  const replays = createReplays({ now: () => now })
  t.notOk(replays.has('a'))
  replays.remember('a')
  now = 86_400_000 - 1
  t.ok(replays.has('a'))
  now += 1
  t.notOk(replays.has('a'))
})

t.test('the last 10,000 messages are known', async t => {
  const replays = createReplays()
  for (let index = 0; index <= 10_000; index++) replays.remember(String(index))
  t.notOk(replays.has('0'))
  t.ok(replays.has('1'))
  t.ok(replays.has('10000'))
})
