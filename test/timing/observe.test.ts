import t from 'tap'
import { CodedError } from '../../src/errors.js'
import { observeCalls, type ObservedCall } from '../../src/timing/observe.js'

t.test('results and errors come through; each call is told when it has ended', async t => {
  const calls: ObservedCall[] = []
  const observed = observeCalls({
    double: async (number: number) => number * 2,
    refuse: async () => { throw new CodedError('PROGRAM_NOT_FOUND', 'no') },
    break: async () => { throw new TypeError('a fault') },
  }, call => calls.push(call))
  t.equal(await observed.double(21), 42)
  await t.rejects(observed.refuse(), { code: 'PROGRAM_NOT_FOUND' })
  await t.rejects(observed.break(), { name: 'TypeError' })
  t.strictSame(calls.map(({ operation, outcome }) => [operation, outcome]), [
    ['double', 'done'], ['refuse', 'PROGRAM_NOT_FOUND'], ['break', 'INTERNAL_ERROR']
  ])
  for (const { seconds } of calls) t.ok(seconds >= 0 && seconds < 1)
})
