import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { inParallel } from '../../src/chain/parallel.js'

t.test('results in order, never more than the limit at once', async t => {
  let running = 0
  let most = 0
  const results = await inParallel({
    count: 20,
    limit: 3,
    run: async index => {
      most = Math.max(most, ++running)
      // Later ones end sooner.
      for (let turns = 20; turns > index; turns--) await setImmediate()
      running--
      return index * 2
    },
  })
  t.strictSame(results, Array.from({ length: 20 }, (_, index) => index * 2))
  t.equal(most, 3)
})

t.test('nothing to do', async t => {
  t.strictSame(await inParallel({ count: 0, limit: 3, run: async () => t.fail('not called') }), [])
})

t.test('a failure keeps the rest from starting', async t => {
  const started: number[] = []
  await t.rejects(inParallel({
    count: 10,
    limit: 2,
    run: async index => {
      started.push(index)
      await setImmediate()
      if (index === 1) throw new Error('broken')
    },
  }), new Error('broken'))
  await setImmediate()
  t.ok(started.length <= 3, `started ${started.join()}`)
})
