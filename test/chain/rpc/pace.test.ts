import t from 'tap'
import { createPace, type Pace, type TurnOptions } from '../../../src/chain/rpc/pace.js'

const SECOND = 1000

function take (pace: Pace, wanted: number, options: Partial<TurnOptions> = {}): Promise<number> {
  return pace.take({
    wanted, background: false, until: performance.now() + 10 * SECOND, signal: new AbortController().signal, ...options
  })
}

/** A pace that has been refused after `offered` calls; the pause is not lengthened by chance. */
async function limitedPace (offered: number, retryAfterMs: number | null = null): Promise<Pace> {
  const pace = createPace({ random: () => 0 })
  await take(pace, offered)
  pace.limited({ sentAt: performance.now(), passed: 0, retryAfterMs })
  return pace
}

/** Milliseconds from before the refusal until the turn comes. On a busy machine some pass between the two. */
async function pauseOf (refuse: () => Pace | Promise<Pace>): Promise<number> {
  const begun = performance.now()
  await take(await refuse(), 1)
  return performance.now() - begun
}

t.test('until a provider refuses something, all go at once', async t => {
  const pace = createPace()
  for (let round = 0; round < 100; round++) t.equal(await take(pace, 1000), 1000)
})

t.test('a refusal pauses for 250 ms, then for twice as long', async t => {
  let pace = createPace()
  t.ok(await pauseOf(async () => (pace = await limitedPace(1000))) >= 249)
  const refuse = () => {
    pace.limited({ sentAt: performance.now(), passed: 0, retryAfterMs: null })
    return pace
  }
  t.ok(await pauseOf(refuse) >= 499)
  pace.passed(1)
  const milliseconds = await pauseOf(refuse)
  t.ok(milliseconds >= 249 && milliseconds < 999, `after calls that pass the pause is short again: ${milliseconds} ms`)
})

t.test('a refusal pauses for as long as the provider says', async t => {
  t.ok(await pauseOf(() => limitedPace(1000, 700)) >= 699)
})

t.test('a turn that cannot come in time is refused at once', async t => {
  const pace = await limitedPace(1000, 5 * SECOND)
  const begun = performance.now()
  await t.rejects(take(pace, 1, { until: begun + SECOND }), { message: 'no turn comes in time' })
  t.ok(performance.now() - begun < SECOND)
})

t.test('a turn holds half a second of calls at most, half of what was refused', async t => {
  t.equal(await take(await limitedPace(40), 100), 10)
  t.equal(await take(await limitedPace(1), 100), 1, 'the slowest')
})

t.test('the calls that passed beside refused ones set the pace', async t => {
  const pace = createPace({ random: () => 0 })
  await take(pace, 100)
  pace.passed(12)
  pace.limited({ sentAt: performance.now(), passed: 12, retryAfterMs: null })
  t.equal(await take(pace, 100), 6)
})

t.test('several refusals of what was sent at the old pace shrink it once', async t => {
  const pace = createPace({ random: () => 0 })
  const sentAt = performance.now()
  for (let batch = 0; batch < 4; batch++) await take(pace, 10)
  for (let batch = 0; batch < 4; batch++) pace.limited({ sentAt, passed: 0, retryAfterMs: null })
  t.equal(await take(pace, 100), 10)
})

t.test('the pace grows by one call a second for a second of calls that pass', async t => {
  const pace = await limitedPace(40)
  for (let second = 0; second < 4; second++) pace.passed(20)
  t.equal(await take(pace, 100), 11)
})

t.test('callers go before the background, each in the order in which they came', async t => {
  const pace = await limitedPace(4)
  const order: string[] = []
  const come = async (name: string, background: boolean) => {
    await take(pace, 1, { background })
    order.push(name)
  }
  await Promise.all([
    come('background 1', true), come('background 2', true), come('caller 1', false), come('caller 2', false)
  ])
  t.strictSame(order, ['caller 1', 'caller 2', 'background 1', 'background 2'])
})

t.test('who gives up makes room for the next, and takes nothing', async t => {
  const pace = await limitedPace(2)
  const giveUp = new AbortController()
  const left = take(pace, 1, { signal: giveUp.signal })
  const next = take(pace, 1)
  giveUp.abort()
  await t.rejects(left, new Error('no turn has come in time'))
  t.equal(await next, 1)
  await t.rejects(take(pace, 1, { signal: giveUp.signal }), new Error('no turn comes in time'))
})
