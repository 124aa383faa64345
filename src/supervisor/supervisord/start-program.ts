import type { Operation } from './operation.js'
import type { Order } from './order.js'
import { refuseOrphan } from './processes/orphans.js'
import { describeSurvivors } from './processes/process-family.js'
import type { Reading } from './reading.js'
import type { OperationResult, ProcessState } from '../supervisor.js'

/**
 * Go's supervisord sleeps 5 s after a run of less than 2 s and ignores a start meanwhile, while it answers "started"
 * (process.go, Start): the order is repeated for this long.
 */
const IGNORED_START_MS = 6_500
/**
 * Looks at a run that has ended must agree for this long. Go's fields are read without a lock, and it tells events before it
 * changes a state (process.go, changeStateTo): a look may mix an old state with new times.
 */
const AGREED_MS = 300
/** An order that is repeated later than this before the operation timeout could still be under way then, and nobody could tell what becomes of it. */
const LAST_REPEAT_MS = 500

const ENDED: readonly ProcessState[] = ['STOPPED', 'EXITED', 'FATAL', 'BACKOFF']

/**
 * Done when the supervisor shows RUNNING, which it does after startsecs; failed as soon as a run has ended before, or when
 * a stop has left something over: Go may still show that run as RUNNING, and two generators would share a port.
 * Throws PROGRAM_ORPHANED.
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
    return await awaitStart({ operation, order, before })
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

interface StartUnderWay { operation: Operation, order: Order, before: Reading }

async function awaitStart ({ operation, order, before }: StartUnderWay): Promise<OperationResult> {
  const isJoined = before.process.state === 'STARTING'
  let now = before
  let starting: Reading | null = null
  let sameSince = performance.now()
  for (;;) {
    const last: Reading = now
    const { state } = now.process
    // Without a pid it is not said which run this is: Go has none yet for an instant, and `ctl pid` prints 0 when the daemon has just ended.
    if (state === 'STARTING' && now.process.pid !== null) {
      operation.needsNoMore()
      starting ??= now
      if (starting.stamp !== now.stamp) return operation.failed(now.process, 'the process ended before it was up, and is being started again')
    } else if (ENDED.includes(state) && !isAnotherRun(before, now) && !order.isUnderWay() && !isTaken(order)) {
      if (isRefused(order)) return operation.failed(now.process, refusalText(order))
      if (order.age() === 0 || operation.remaining() > LAST_REPEAT_MS) order.send()
    }
    // A look that began before the order was taken does not show what came of it.
    const wasTaken = isTaken(order)
    const next = await operation.lookAgain()
    if (next === null) return await unsettled({ operation, order, before, now })
    now = next
    if (now.process.state === 'RUNNING') return { outcome: isJoined ? 'joined' : 'done', process: now.process }
    const hasRun = wasTaken || isAnotherRun(before, now)
    if (!isSameEnd(last, now)) sameSince = performance.now()
    if (hasRun && isSameEnd(last, now) && (wasTaken || performance.now() - sameSince > AGREED_MS)) return operation.failed(now.process, now.process.description ?? order.answer()?.text ?? null)
  }
}

function isTaken (order: Order): boolean {
  return order.answer()?.is === 'taken'
}

/**
 * Whether the program has been started since. Where the supervisor names its runs, nothing else counts: Go changes the
 * state of a run that was stopped once more while the next one is awaited already.
 */
function isAnotherRun (before: Reading, now: Reading): boolean {
  return now.run === null || before.run === null ? now.stamp !== before.stamp : now.run !== before.run
}

function isSameEnd (last: Reading, now: Reading): boolean {
  return ENDED.includes(now.process.state) && now.stamp === last.stamp
}

function isRefused (order: Order): boolean {
  return order.answer()?.is === 'impossible' || order.age() > IGNORED_START_MS
}

function refusalText (order: Order): string {
  return order.answer()?.text ?? 'the supervisor ignored the start: it takes none for some seconds after a short run; try again'
}

/** At the operation timeout: a program that shows no sign of an order that the supervisor has answered was not started. */
async function unsettled ({ operation, order, before, now }: StartUnderWay & { now: Reading }): Promise<OperationResult> {
  const pending = await operation.unsettled()
  const isIgnored = ENDED.includes(now.process.state) && !isAnotherRun(before, now) && !order.isUnderWay() && !isTaken(order)
  return isIgnored ? operation.failed(now.process, refusalText(order)) : pending
}
