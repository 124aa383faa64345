import type { Operation } from './operations.js'
import { createOrder, type Order } from './order.js'
import { describeSurvivors } from './process-family.js'
import type { Reading } from './reading.js'
import type { OperationResult, ProcessState } from '../supervisor.js'

/**
 * Go's supervisord sleeps 5 s after a run of less than 2 s and ignores a start meanwhile, while it answers "started"
 * (process.go, Start): the order is repeated for this long.
 */
const IGNORED_START_MS = 6_500
/** An order that is repeated later than this before the operation timeout could still be under way then, and nobody could tell what becomes of it. */
const LAST_REPEAT_MS = 500

const ENDED: readonly ProcessState[] = ['STOPPED', 'EXITED', 'FATAL', 'BACKOFF']

/**
 * Done when the supervisor shows RUNNING, which it does after startsecs; failed as soon as a run has ended before, or when
 * a stop has left something over: Go may still show that run as RUNNING, and two generators would share a port.
 */
export async function startProgram (operation: Operation): Promise<OperationResult> {
  const { program, sendOrder } = operation
  const before = await lookPastStopping(operation)
  const survivors = operation.leftOver?.survivors() ?? []
  if (survivors.length > 0) return operation.failed(before.process, describeSurvivors(survivors))
  if (before.process.state === 'RUNNING') return { outcome: 'unchanged', process: before.process }
  const order = createOrder({ verb: 'start', program, sendOrder })
  try {
    return await awaitStart({ operation, order, before })
  } finally {
    order.cancel()
  }
}

async function lookPastStopping (operation: Operation): Promise<Reading> {
  let now = await operation.look()
  while (now.process.state === 'STOPPING' && await operation.wait()) now = await operation.look()
  return now
}

async function awaitStart ({ operation, order, before }: { operation: Operation, order: Order, before: Reading }): Promise<OperationResult> {
  const isJoined = before.process.state === 'STARTING'
  let now = before
  let starting: Reading | null = null
  for (;;) {
    const last: Reading = now
    const { state } = now.process
    // Without a pid it is not said which run this is: Go has none yet for an instant, and `ctl pid` prints 0 when the daemon has just ended.
    if (state === 'STARTING' && now.process.pid !== null) {
      starting ??= now
      if (starting.stamp !== now.stamp) return operation.failed(now.process, 'the process ended before it was up, and is being started again')
    } else if (ENDED.includes(state) && now.stamp === before.stamp && !order.isUnderWay()) {
      if (isRefused(order)) return operation.failed(now.process, refusalText(order))
      if (order.age() === 0 || operation.remaining() > LAST_REPEAT_MS) order.send()
    }
    if (!await operation.wait()) return unsettled({ operation, order, now, before })
    now = await operation.look()
    if (now.process.state === 'RUNNING') return { outcome: isJoined ? 'joined' : 'done', process: now.process }
    if (hasFailed({ before, last, now })) return operation.failed(now.process, now.process.description ?? order.refusal()?.text ?? null)
  }
}

/** Two looks must agree: Go's fields are read without a lock, so that one look may mix an old state with new times. */
function hasFailed ({ before, last, now }: { before: Reading, last: Reading, now: Reading }): boolean {
  return ENDED.includes(now.process.state) && now.stamp !== before.stamp && now.stamp === last.stamp
}

function isRefused (order: Order): boolean {
  return order.refusal()?.isFinal === true || order.age() > IGNORED_START_MS
}

function refusalText (order: Order): string {
  return order.refusal()?.text ?? 'the supervisor ignored the start: it takes none for some seconds after a short run; try again'
}

/** At the operation timeout: a program that shows no sign of the order has not been started. */
async function unsettled ({ operation, order, now, before }: { operation: Operation, order: Order, now: Reading, before: Reading }): Promise<OperationResult> {
  const isIgnored = ENDED.includes(now.process.state) && now.stamp === before.stamp && !order.isUnderWay()
  return isIgnored ? operation.failed(now.process, refusalText(order)) : { outcome: 'pending', process: now.process }
}
