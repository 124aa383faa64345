import type { Operation } from './operation.js'
import type { Order } from './order.js'
import { refuseOrphan } from './processes/orphans.js'
import { describeSurvivors } from './processes/process-family.js'
import type { Reading } from './reading.js'
import type { OperationResult, ProcessState } from '../supervisor.js'

/**
 * Repeats an order for this long. Go's supervisord sleeps 5 s after a run of less than 2 s (process.go, Start). It
 * ignores a start meanwhile, but answers "started".
 */
const IGNORED_START_MS = 6_500
/**
 * Looks at an ended run must agree for this long. One look may mix an old state with new times. Go reads its fields
 * without a lock, and reports events before it changes the state (process.go, changeStateTo).
 */
const AGREED_MS = 300
/** No order is repeated later than this before the operation timeout. Its effect would then be unknown. */
const LAST_REPEAT_MS = 500

const ENDED: readonly ProcessState[] = ['STOPPED', 'EXITED', 'FATAL', 'BACKOFF']

/**
 * Done when the supervisor shows RUNNING, which it does after startsecs. Fails if the run ends earlier, or if a stop
 * left processes over. Go may still show that run as RUNNING, and two generators would share a port. Throws
 * PROGRAM_ORPHANED.
 */
export async function startProgram (operation: Operation): Promise<OperationResult> {
  const before = await lookPastStopping(operation)
  if (before === null) return await operation.unsettled()
  refuseOrphan(before.process)
  const survivors = operation.leftOver?.survivors() ?? []
  if (survivors.length > 0) return operation.failed(before.process, describeSurvivors(survivors), survivors)
  if (before.process.state === 'RUNNING') return { outcome: 'unchanged', process: before.process }
  const order = operation.createOrder('start')
  try {
    return await awaitStart(operation, order, before)
  } finally {
    order.cancel()
  }
}

async function lookPastStopping (operation: Operation): Promise<Reading | null> {
  let now = await operation.look()
  while (now === null || now.process.state === 'STOPPING') {
    const next = await operation.lookAgain()
    if (next === null) return now
    now = next
  }
  return now
}

async function awaitStart (operation: Operation, order: Order, before: Reading): Promise<OperationResult> {
  const isJoined = before.process.state === 'STARTING'
  let now = before
  let starting: Reading | null = null
  let sameSince = performance.now()

  const isTaken = (): boolean => order.answer()?.is === 'taken'
  const hasNoEffect = (): boolean =>
    ENDED.includes(now.process.state) && !isAnotherRun(before, now) && !order.isUnderWay() && !isTaken()

  for (;;) {
    const last: Reading = now
    // Only a pid identifies the run. Go has none for an instant, and `ctl pid` prints 0 after the daemon's end.
    if (now.process.state === 'STARTING' && now.process.pid !== null) {
      operation.needsNoMore()
      starting ??= now
      if (starting.stamp !== now.stamp) return operation.failed(now.process, 'the process ended before it was up, and is being started again')
    } else if (hasNoEffect()) {
      const isRefused = order.answer()?.is === 'impossible' || order.age() > IGNORED_START_MS
      if (isRefused) return operation.failed(now.process, refusalText(order))
      if (order.age() === 0 || operation.remaining() > LAST_REPEAT_MS) order.send()
    }
    // A look from before the order was taken does not show its effect.
    const wasTaken = isTaken()
    const next = await operation.lookAgain()
    if (next === null) {
      const pending = await operation.unsettled()
      return hasNoEffect() ? operation.failed(now.process, refusalText(order)) : pending
    }
    now = next
    if (now.process.state === 'RUNNING') return { outcome: isJoined ? 'joined' : 'done', process: now.process }
    const hasRun = wasTaken || isAnotherRun(before, now)
    if (!isSameEnd(last, now)) sameSince = performance.now()
    if (hasRun && isSameEnd(last, now) && (wasTaken || performance.now() - sameSince > AGREED_MS)) {
      return operation.failed(now.process, now.process.description ?? order.answer()?.text ?? null)
    }
  }
}

/**
 * Tells whether the program has been started since. Only the run counts if the supervisor names it. Go may change the
 * state of a stopped run again while the next one is awaited.
 */
function isAnotherRun (before: Reading, now: Reading): boolean {
  return now.run === null || before.run === null ? now.stamp !== before.stamp : now.run !== before.run
}

function isSameEnd (last: Reading, now: Reading): boolean {
  return ENDED.includes(now.process.state) && now.stamp === last.stamp
}

function refusalText (order: Order): string {
  return order.answer()?.text ?? 'the supervisor ignored the start: it takes none for some seconds after a short run; try again'
}
