import t from 'tap'
import { createReplays } from '../../src/channel/replays.js'

t.test('a message is known for 24 hours', async t => {
  let now = 0
  const replays = createReplays({ now: () => now })
  t.ok(replays.begin('a'))
  replays.end('a', { isCarriedOut: true })
  now = 86_400_000 - 1
  t.notOk(replays.begin('a'))
  now += 1
  t.ok(replays.begin('a'))
})

t.test('the last 10,000 messages are known', async t => {
  const replays = createReplays()
  for (let index = 0; index <= 10_000; index++) {
    replays.begin(String(index))
    replays.end(String(index), { isCarriedOut: true })
  }
  t.notOk(replays.begin('1'))
  t.notOk(replays.begin('10000'))
  t.ok(replays.begin('0'))
})

t.test('a message under way is known, and a refused one is not', async t => {
  const replays = createReplays()
  t.ok(replays.begin('a'))
  t.notOk(replays.begin('a'))
  replays.end('a', { isCarriedOut: false })
  t.ok(replays.begin('a'))
})
