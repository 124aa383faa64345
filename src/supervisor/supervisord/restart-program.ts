import type { Operation } from './operation.js'
import { startProgram } from './start-program.js'
import { refuseOrphan } from './processes/orphans.js'
import { stopSupervised } from './stop-program.js'
import type { OperationResult } from '../supervisor.js'

/** Goes on after the answer until the supervisor takes the start, because the program must not stay stopped. */
export async function restartProgram (operation: Operation): Promise<OperationResult> {
  const stopped = await stopSupervised(operation, refuseOrphan)
  return stopped.outcome === 'failed' || stopped.outcome === 'pending' ? stopped : await startProgram(operation)
}
