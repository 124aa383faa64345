import { test } from 'tap'
import { createOperations, createTurns } from '../../../src/supervisor/supervisord/operations.js'
import { createSharedReads } from '../../../src/timing/shared-reads.js'
import type { ProcessInfo } from '../../../src/supervisor/supervisor.js'
import { silent } from '../recorded/replay.js'

function later<T> (value: T, milliseconds = 20): Promise<T> {
  return new Promise(resolve => setTimeout(resolve, milliseconds, value))
}

test('turns come in order, and a failed one does not block the next', async t => {
  const takeTurn = createTurns()
  const deadline = performance.now() + 5_000
  const order: string[] = []
  const results = await Promise.allSettled([
    takeTurn('x', deadline, async () => { order.push(await later('a')) }),
    takeTurn('x', deadline, async () => { order.push('b'); throw new Error('b') }),
    takeTurn('y', deadline, async () => { order.push('y') }),
    takeTurn('x', deadline, async () => { order.push('c') }),
  ])
  t.strictSame(order, ['y', 'a', 'b', 'c'])
  t.strictSame(results.map(result => result.status), ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
})

test('a turn that comes too late is not taken', async t => {
  const takeTurn = createTurns()
  const first = takeTurn('x', performance.now() + 5_000, () => later('first', 200))
  await t.rejects(takeTurn('x', performance.now() + 50, async () => t.fail('taken')), { code: 'SUPERVISOR_TIMEOUT' })
  const third = takeTurn('x', performance.now() + 5_000, async () => 'third')
  t.strictSame(await Promise.all([first, third]), ['first', 'third'], 'and those behind it still wait for the first')
  const order: string[] = []
  const slow = takeTurn('x', performance.now() + 5_000, async () => { order.push(await later('slow', 200)) })
  await t.rejects(takeTurn('x', performance.now() + 50, async () => t.fail('taken')), { code: 'SUPERVISOR_TIMEOUT' })
  await Promise.all([slow, takeTurn('x', performance.now() + 5_000, async () => { order.push('next') })])
  t.strictSame(order, ['slow', 'next'], 'also those that come after it has given up')
})

test('shared reads', async t => {
  let reads = 0
  const shared = createSharedReads(key => later(`${key} ${++reads}`))
  t.strictSame(await Promise.all([shared.join('x'), shared.join('x'), shared.join('y')]), ['x 1', 'x 1', 'y 2'])
  const old = shared.join('x')
  shared.forget()
  const fresh = shared.join('x')
  t.strictSame(await Promise.all([old, fresh, shared.join('x')]), ['x 3', 'x 4', 'x 4'])
})

test('a bug in reading the log tail is not hidden', async t => {
  const process = { name: 'x', state: 'STOPPED', pid: null } as ProcessInfo
  const operations = createOperations({
    calls: {
      read: async () => ({ process, stamp: '', run: null }),
      sendOrder: async () => ({ is: 'impossible', text: 'no' }),
      orphans: async () => [],
      tail: async () => { throw new TypeError('bug') },
    },
    operationTimeoutMs: 2_000,
    pollMs: 10,
    lookMs: 100,
    log: silent,
    closing: new AbortController().signal,
    onEnd () {},
  })
  await t.rejects(operations.start('x'), { name: 'TypeError', message: 'bug' })
})
