import { test } from 'tap'
import { CodedError } from '../../../src/errors.js'
import { createOperation } from '../../../src/supervisor/supervisord/operation.js'
import type { ProgramCalls } from '../../../src/supervisor/supervisord/operation.js'
import { createOperations } from '../../../src/supervisor/supervisord/operations.js'
import type { OrderAnswer, Verb } from '../../../src/supervisor/supervisord/order.js'
import type { Reading } from '../../../src/supervisor/supervisord/reading.js'
import { startProgram } from '../../../src/supervisor/supervisord/start-program.js'
import { stopProgram } from '../../../src/supervisor/supervisord/stop-program.js'
import type { ProcessInfo, ProcessState } from '../../../src/supervisor/supervisor.js'
import { until } from '../real/processes.js'
import { silent } from '../recorded/replay.js'

const NO_PID = 2 ** 22 + 3

function reading (state: ProcessState, run = '1'): Reading {
  const pid = state === 'RUNNING' || state === 'STARTING' ? NO_PID : null
  return {
    process: {
      name: 'x', state, pid, started_at: null, stopped_at: null, uptime_seconds: null, description: null
    } as ProcessInfo,
    stamp: `${state} ${run}`,
    run,
  }
}

const slow = new CodedError('SUPERVISOR_TIMEOUT', 'slow')
const reset = new CodedError('SUPERVISOR_UNAVAILABLE', 'reset')

/** Each look returns the result of `look`, or throws it. `orders` lists the sent orders. */
function createWorld (
  look: (orders: Verb[]) => Reading | CodedError,
  { answer = { is: 'unsure', text: null } as OrderAnswer, operationTimeoutMs = 1_500 } = {}
) {
  const orders: Verb[] = []
  const warnings: object[] = []
  const closing = new AbortController()
  const calls: ProgramCalls = {
    async read () {
      const shown = look(orders)
      if (shown instanceof CodedError) throw shown
      return shown
    },
    async sendOrder (verb) {
      orders.push(verb)
      return answer
    },
    orphans: async () => [],
    tail: async () => [],
  }
  const operations = createOperations({
    calls,
    operationTimeoutMs,
    pollMs: 5,
    lookMs: 100,
    log: {
      warn: details => {
        warnings.push(details)
      },
    },
    closing: closing.signal,
    onEnd () {},
  })
  return { operations, orders, warnings, closing }
}

test('before an order is given, a look that fails is the answer', async t => {
  for (const trouble of [slow, reset]) {
    const { operations, orders } = createWorld(() => trouble)
    for (const verb of ['start', 'stop', 'restart'] as const) await t.rejects(operations[verb]('x'), trouble)
    t.strictSame(orders, [])
  }
})

test('after it, no single look is', async t => {
  let looks = 0
  const troubles = [slow, reset, slow, slow, reset]
  const start = createWorld(orders =>
    orders.length === 0 ? reading('STOPPED') : (troubles[looks++] ?? reading('RUNNING', '2'))
  )
  t.match(await start.operations.start('x'), { outcome: 'done', process: { state: 'RUNNING' } })
  looks = 0
  const stop = createWorld(orders => orders.length === 0 ? reading('RUNNING') : troubles[looks++] ?? reading('EXITED'))
  t.match(await stop.operations.stop('x'), { outcome: 'done', process: { state: 'EXITED' } })
  looks = 0
  const restart = createWorld(orders => {
    if (orders.includes('start')) return reading('RUNNING', '2')
    return orders.includes('stop') ? troubles[looks++] ?? reading('EXITED') : reading('RUNNING')
  })
  t.match(await restart.operations.restart('x'), { outcome: 'done', process: { state: 'RUNNING' } })
  t.strictSame(restart.orders, ['stop', 'start'])
})

test('at the deadline: pending where a look has seen the program since, else what the last look threw', async t => {
  for (const trouble of [slow, reset]) {
    const blind = createWorld(orders => orders.length === 0 ? reading('RUNNING') : trouble)
    await t.rejects(blind.operations.stop('x'), trouble)
    let looks = 0
    const seen = createWorld(orders =>
      orders.length === 0 ? reading('RUNNING') : ++looks === 3 ? reading('STOPPING') : trouble
    )
    t.match(await seen.operations.stop('x'), { outcome: 'pending', process: { state: 'STOPPING' } })
    const started = createWorld(orders => orders.length === 0 ? reading('STOPPED') : trouble)
    await t.rejects(started.operations.start('x'), trouble)
  }
})

test('an operation that finds nothing but trouble once an order was given', async t => {
  const answerAt = performance.now() + 300
  for (const run of [startProgram, stopProgram]) {
    const calls: ProgramCalls = {
      read: async () => {
        throw reset
      },
      sendOrder: async () => ({ is: 'taken', text: null }),
      orphans: async () => [],
      tail: async () => [],
    }
    const operation = createOperation({
      program: 'x',
      calls,
      answerAt,
      deadline: answerAt,
      pollMs: 5,
      lookMs: 100,
      leftOvers: new Map(),
      log: silent,
      closing: new AbortController().signal,
    })
    operation.createOrder('stop')
    await t.rejects(run(operation), reset)
  }
})

test('a start that awaits a stop of somebody else has given no order yet', async t => {
  let looks = 0
  for (const trouble of [slow, reset]) {
    looks = 0
    const { operations, orders } = createWorld(() => looks++ < 2 ? reading('STOPPING') : trouble)
    await t.rejects(operations.start('x'), trouble)
    t.strictSame(orders, [])
  }
})

test('a stop whose time is over while a crash loop is quiet', async t => {
  const { operations } = createWorld(orders => reading(orders.length === 0 ? 'BACKOFF' : 'EXITED'))
  t.match(await operations.stop('x'), { outcome: 'done', process: { state: 'EXITED' } })
})

test('a state that lasts for an instant is not the last one of a stop', async t => {
  let looks = 0
  const { operations } = createWorld(orders =>
    reading(orders.length === 0 ? 'RUNNING' : looks++ < 10 ? 'STOPPED' : 'EXITED')
  )
  t.match(await operations.stop('x'), { outcome: 'done', process: { state: 'EXITED' } })
  const final = createWorld(orders => reading(orders.length === 0 ? 'RUNNING' : 'STOPPED'))
  t.match(await final.operations.stop('x'), { outcome: 'done', process: { state: 'STOPPED' } })
})

test('a restart that goes on is over as soon as its start is on its way', async t => {
  let isSilent = true
  const { operations, orders, warnings } = createWorld(orders => {
    if (orders.length > 0 && isSilent) return slow
    return orders.includes('start') ? reading('STARTING', '2') : reading(orders.length === 0 ? 'RUNNING' : 'EXITED')
  })
  await t.rejects(operations.restart('x'), slow)
  isSilent = false
  await until('the start is ordered', () => orders.includes('start'))
  t.match(await operations.start('x'), { outcome: 'pending', process: { state: 'STARTING' } })
  t.strictSame(warnings, [])
})

test('an error that is none of the connection is an answer at any time', async t => {
  const unknown = new CodedError('PROGRAM_NOT_FOUND', 'gone')
  const { operations } = createWorld(orders => orders.length === 0 ? reading('RUNNING') : unknown)
  await t.rejects(operations.stop('x'), unknown)
})

test('a restart whose answer was that the supervisor is silent goes on', async t => {
  let isSilent = true
  const { operations, orders, warnings } = createWorld(orders => {
    if (orders.length > 0 && isSilent) return slow
    return orders.includes('start') ? reading('RUNNING', '2') : reading(orders.length === 0 ? 'RUNNING' : 'EXITED')
  })
  await t.rejects(operations.restart('x'), slow)
  t.strictSame(orders, ['stop'])
  isSilent = false
  await until('the start is ordered', () => orders.includes('start'))
  t.match(
    await operations.start('x'),
    { outcome: 'unchanged', process: { state: 'RUNNING' } },
    'the next order has waited for it'
  )
  t.strictSame(warnings, [])
})

test('closing the driver ends a restart that goes on', async t => {
  const { operations, closing, warnings } = createWorld(orders => orders.length === 0 ? reading('RUNNING') : slow)
  await t.rejects(operations.restart('x'), slow)
  const next = operations.stop('x')
  closing.abort()
  await t.rejects(next, slow, 'its turn comes, for nothing is under way any more')
  t.strictSame(warnings, [])
})

test('a start that a supervisor has taken is not sent again, whatever its times say', async t => {
  let looks = 0
  const same = (state: ProcessState): Reading => ({ ...reading(state), stamp: 'the same second', run: null })
  const { operations, orders } = createWorld(
    orders => (orders.length === 0 || looks++ < 1 ? same('FATAL') : same('FATAL')),
    { answer: { is: 'taken', text: 'SPAWN_ERROR' } }
  )
  t.match(await operations.start('x'), { outcome: 'failed', process: { state: 'FATAL', description: 'SPAWN_ERROR' } })
  t.strictSame(orders, ['start'])
})

test('a late change of the run that was stopped is no end of the one that is awaited', async t => {
  let looks = 0
  const late = ['EXITED', 'BACKOFF', 'FATAL', 'FATAL', 'FATAL'] as const
  const { operations, orders } = createWorld(orders => {
    if (orders.length === 0) return reading('STOPPED')
    const state = late[looks++]
    return state === undefined ? reading('RUNNING', '2') : reading(state)
  })
  t.match(await operations.start('x'), { outcome: 'done' })
  t.strictSame([...new Set(orders)], ['start'])
})

test('a program that lives again after a stop is stopped again', async t => {
  let looks = 0
  const shown: ProcessState[] = ['EXITED', 'EXITED', 'RUNNING']
  const { operations, orders } = createWorld(orders => {
    if (orders.length === 0) return reading('BACKOFF')
    return reading(orders.length > 1 ? 'EXITED' : shown[Math.min(looks++, 2)] ?? 'EXITED')
  }, { operationTimeoutMs: 9_000 })
  t.match(await operations.stop('x'), { outcome: 'done', process: { state: 'EXITED' } })
  t.strictSame(orders, ['stop', 'stop'])
})
