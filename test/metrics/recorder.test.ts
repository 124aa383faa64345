import t from 'tap'
import { createRecorder } from '../../src/metrics/recorder.js'

t.test('instruments first get the earlier events, in order', async t => {
  let loads = 0
  const { record, open } = createRecorder({ load: async () => { loads++; return [] as number[] } })
  for (const number of [1, 2, 3]) record(list => list.push(number))
  const opening = [open(), open()]
  record(list => list.push(4))
  const [list] = await Promise.all(opening)
  record(list => list.push(5))
  t.strictSame(list, [1, 2, 3, 4, 5])
  t.equal(await open(), list)
  t.equal(loads, 1)
})

t.test('a load that fails is tried again, and nothing is lost', async t => {
  let loads = 0
  const { record, open } = createRecorder({
    load: async () => {
      if (++loads === 1) throw new Error('too many open files')
      return [] as number[]
    },
  })
  record(list => list.push(1))
  await t.rejects(open(), { message: 'too many open files' })
  record(list => list.push(2))
  t.strictSame(await open(), [1, 2])
})
