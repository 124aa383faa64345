import { test } from 'tap'
import { CodedError } from '../../../src/errors.js'
import { createOperations } from '../../../src/supervisor/supervisord/operations.js'
import type { OrderAnswer, Verb } from '../../../src/supervisor/supervisord/order.js'
import type { Reading } from '../../../src/supervisor/supervisord/reading.js'
import type { ProcessInfo, ProcessState } from '../../../src/supervisor/supervisor.js'
import { until } from '../real/processes.js'

/** Operations on a program whose state the test sets. No such pid is in the process table. */
function operationsOn (program: { state: ProcessState, pid: number | null, answer: OrderAnswer, isSilent: boolean }) {
  const orders: Verb[] = []
  const warnings: object[] = []
  const operations = createOperations({
    calls: {
      async read (name): Promise<Reading> {
        if (program.isSilent) throw new CodedError('PROGRAM_NOT_FOUND', 'the program is gone')
        const { state, pid } = program
        return { process: { name, state, pid, description: null } as ProcessInfo, stamp: `${state} ${pid}`, run: null }
      },
      async sendOrder (verb) {
        orders.push(verb)
        if (verb === 'start' && program.answer.is !== 'impossible') {
          Object.assign(program, { state: 'RUNNING', pid: 2 ** 22 + 2 })
        }
        return verb === 'start' ? program.answer : { is: 'taken', text: null }
      },
      orphans: async () => [],
      tail: async () => [],
    },
    operationTimeoutMs: 800,
    pollMs: 10,
    lookMs: 100,
    log: { warn: details => { warnings.push(details) } },
    closing: new AbortController().signal,
    onEnd () {},
  })
  return { operations, orders, warnings }
}

const stopping = {
  state: 'STOPPING' as ProcessState,
  pid: 2 ** 22 + 1,
  answer: { is: 'taken', text: null } as OrderAnswer,
  isSilent: false,
}

test('a restart that is answered while the program stops starts it all the same, before anything else', async t => {
  const program = { ...stopping }
  const { operations, orders, warnings } = operationsOn(program)
  t.match(await operations.restart('x'), { outcome: 'pending', process: { state: 'STOPPING' } })
  await t.rejects(operations.stop('x'), { code: 'SUPERVISOR_TIMEOUT' }, 'it is not over')
  const next = operations.start('x')
  Object.assign(program, { state: 'STOPPED', pid: null })
  t.match(await next, { outcome: 'unchanged', process: { state: 'RUNNING', pid: 2 ** 22 + 2 } })
  t.strictSame([...new Set(orders)], ['stop', 'start'])
  t.strictSame(warnings, [])
})

test('the log reports a program that does not end as wished', async t => {
  const refused = { ...stopping, answer: { is: 'impossible', text: 'no such file' } as OrderAnswer }
  const one = operationsOn(refused)
  t.match(await one.operations.restart('x'), { outcome: 'pending' })
  Object.assign(refused, { state: 'STOPPED', pid: null })
  await until('the warning', () => one.warnings.length > 0)
  t.match(one.warnings, [{ program: 'x', state: 'STOPPED', description: 'no such file' }])

  const lost = { ...stopping }
  const other = operationsOn(lost)
  t.match(await other.operations.restart('x'), { outcome: 'pending' })
  lost.isSilent = true
  await until('the warning', () => other.warnings.length > 0)
  t.match(other.warnings, [{ program: 'x', err: { message: 'the program is gone' } }])
})
