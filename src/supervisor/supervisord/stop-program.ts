import type { Operation } from './operation.js'
import type { Order } from './order.js'
import { endOrphans } from './processes/orphans.js'
import { captureFamily, describeSurvivors, type ProcessFamily } from './processes/process-family.js'
import { isLive, type Reading } from './reading.js'
import type { OperationResult, ProcessInfo } from '../supervisor.js'

/** The longest time that children may take to follow their parent. */
const GRACE_MS = 1_000
/** Go sleeps 5 s before it restarts a program after a short run, and ignores a stop meanwhile (process.go, Start). */
const LONGEST_BACKOFF_MS = 5_500
const INSTANT_MS = 500

/** Done when supervisor and process table show nothing of the program. Ends lost processes too. */
export async function stopProgram (operation: Operation): Promise<OperationResult> {
  const result = await stopSupervised(operation)
  return result.outcome === 'done' || result.outcome === 'unchanged' ? await endOrphans(operation, result) : result
}

/**
 * Stops what the supervisor itself runs. An ended program gets the order too, because the supervisor may be about to
 * start it. `check` may throw after the first look, before anything is done.
 */
export async function stopSupervised (operation: Operation, check: (process: ProcessInfo) => void = () => {}): Promise<OperationResult> {
  const before = await operation.look()
  if (before === null) return await operation.unsettled()
  check(before.process)
  // Go shows a program as running while a child holds its output. The leftovers of the last stop are then known.
  const family = captureFamily(before.process) ?? operation.leftOver
  const order = operation.createOrder('stop')
  order.send()
  return await awaitStop({ operation, order, before, family }).finally(order.cancel)
}

async function awaitStop ({ operation, order, before, family }: {
  operation: Operation, order: Order, before: Reading, family: ProcessFamily | null
}): Promise<OperationResult> {
  let outcome: 'done' | 'unchanged' = isLive(before.process) ? 'done' : 'unchanged'
  let endedAt: number | null = null
  let livesAgain = false
  let { process } = before
  let survivors: number[] = []

  function settled (): OperationResult {
    operation.leftOvers.delete(operation.program)
    return { outcome, process }
  }

  function leftOver (): Promise<OperationResult> {
    operation.leftOvers.set(operation.program, family)
    operation.log.warn({ program: operation.program, pids: survivors }, 'processes of the program outlived its stop')
    return operation.failed(process, describeSurvivors(survivors), survivors)
  }

  do {
    const now = await operation.look()
    if (now === null) continue
    process = now.process
    if (isLive(process)) {
      livesAgain ||= endedAt !== null
      if (livesAgain) outcome = 'done'
      if (livesAgain || order.answer()?.is === 'refused') order.send()
      endedAt = null
    } else if (!order.isUnderWay()) {
      endedAt ??= performance.now()
      // This reads the whole process table, so it does not run at every look.
      survivors = family?.survivors() ?? []
      const quietMs = performance.now() - endedAt
      if (survivors.length === 0 && quietMs >= mustBeQuietMs({ order, before, process })) return settled()
      if (survivors.length > 0 && quietMs > GRACE_MS) return leftOver()
    }
  } while (await operation.wait())
  survivors = family?.survivors() ?? []
  const isLeaderGone = survivors.length > 0 && !survivors.includes(Number(before.process.pid))
  if (isLeaderGone) return leftOver()
  return endedAt !== null && survivors.length === 0 ? settled() : await operation.unsettled()
}

/**
 * One more run may follow a stop that Go took between two runs of a crash loop. A longer run is not started again, but
 * from v0.7.4 on it is STOPPED for an instant first.
 */
function mustBeQuietMs ({ order, before, process }: { order: Order, before: Reading, process: ProcessInfo }): number {
  if (order.answer()?.is === 'taken') return 0
  const { state, stopped_at: stoppedAt } = before.process
  const endedMsAgo = Date.now() - Date.parse(stoppedAt ?? '')
  if (state === 'BACKOFF' || state === 'STARTING' || endedMsAgo < LONGEST_BACKOFF_MS) return LONGEST_BACKOFF_MS
  return process.state === 'STOPPED' && isLive(before.process) ? INSTANT_MS : 0
}
