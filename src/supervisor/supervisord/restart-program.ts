import type { Operation } from './operation.js'
import { startProgram } from './start-program.js'
import { refuseOrphan } from './processes/orphans.js'
import { stopSupervised } from './stop-program.js'
import type { OperationResult } from '../supervisor.js'

/**
 * Stop and start. It goes on after the answer that is due at the operation timeout, until the start is taken: what was
 * to be restarted must not stay stopped.
 */
export async function restartProgram (operation: Operation): Promise<OperationResult> {
  const stopped = await stopSupervised(operation, refuseOrphan)
  return stopped.outcome === 'failed' || stopped.outcome === 'pending' ? stopped : await startProgram(operation)
}
