import type { GoOn, Operation } from './operations.js'
import { startProgram } from './start-program.js'
import { awaitStop, orderStop } from './stop-program.js'
import type { OperationResult } from '../supervisor.js'

/** Stop and start. A stop that outlasts the answer is awaited after it: what was to be restarted must not stay stopped. */
export async function restartProgram (operation: Operation, goOn: GoOn): Promise<OperationResult> {
  const stop = await orderStop(operation)
  const stopped = await awaitStop(stop).finally(stop.order.cancel)
  if (stopped.outcome === 'pending') goOn(async later => await startAfter(later, await awaitStop({ ...stop, operation: later })))
  return await startAfter(operation, stopped)
}

async function startAfter (operation: Operation, stopped: OperationResult): Promise<OperationResult> {
  return stopped.outcome === 'failed' || stopped.outcome === 'pending' ? stopped : await startProgram(operation)
}
