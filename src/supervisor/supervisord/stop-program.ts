import type { Operation } from './operations.js'
import { createOrder, type Order } from './order.js'
import { captureFamily, describeSurvivors, type ProcessFamily } from './process-family.js'
import { isLive, type Reading } from './reading.js'
import type { OperationResult, ProcessInfo } from '../supervisor.js'

/** How long the children may take to follow their parent. */
const GRACE_MS = 1_000

/**
 * Done when the supervisor shows the program as ended and the process table shows nothing of it. A program that has
 * ended gets the order too, because Go's supervisord may be about to start it again.
 */
export async function stopProgram (operation: Operation): Promise<OperationResult> {
  const stop = await orderStop(operation)
  return await awaitStop(stop).finally(stop.order.cancel)
}

export async function orderStop (operation: Operation): Promise<StopUnderWay> {
  const { program, sendOrder } = operation
  const before = await operation.look()
  // Go shows a program as running for as long as a child of it holds its output: what was left over is known already.
  const family = captureFamily(before.process) ?? operation.leftOver
  const order = createOrder({ verb: 'stop', program, sendOrder })
  if (before.process.state !== 'STOPPED') order.send()
  return { operation, order, before, family }
}

interface StopUnderWay { operation: Operation, order: Order, before: Reading, family: ProcessFamily | null }

export async function awaitStop ({ operation, order, before, family }: StopUnderWay): Promise<OperationResult> {
  const outcome = isLive(before.process) ? 'done' : 'unchanged'
  let endedAt: number | null = null
  let { process } = before
  let survivors: number[] = []
  do {
    process = (await operation.look()).process
    survivors = family?.survivors() ?? []
    if (!isLive(process) && !order.isUnderWay()) {
      endedAt ??= performance.now()
      if (survivors.length === 0) return settled({ operation, outcome, process })
      if (performance.now() - endedAt > GRACE_MS) return leftOver({ operation, family, process, survivors })
    } else if (order.refusal() !== null) {
      order.send()
    }
  } while (await operation.wait())
  const isLeaderGone = survivors.length > 0 && !survivors.includes(Number(before.process.pid))
  return isLeaderGone ? leftOver({ operation, family, process, survivors }) : { outcome: 'pending', process }
}

function settled ({ operation, outcome, process }: { operation: Operation, outcome: 'done' | 'unchanged', process: ProcessInfo }): OperationResult {
  operation.keepLeftOver(null)
  return { outcome, process }
}

interface LeftOver { operation: Operation, family: ProcessFamily | null, process: ProcessInfo, survivors: number[] }

function leftOver ({ operation, family, process, survivors }: LeftOver): Promise<OperationResult> {
  operation.keepLeftOver(family)
  operation.log.warn({ program: operation.program, pids: survivors }, 'processes of the program outlived its stop')
  return operation.failed(process, describeSurvivors(survivors))
}
