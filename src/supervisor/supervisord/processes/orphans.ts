import { CodedError } from '../../../errors.js'
import type { ProcessEntry } from '../../../machine/process-table.js'
import { sendSignal } from '../../../machine/signal.js'
import type { OperationResult, ProcessInfo } from '../../supervisor.js'
import type { Operation } from '../operation.js'
import { captureFamily, describeSurvivors } from './process-family.js'

/** The time that an orphan gets to end by itself. It is the default of stopwaitsecs, because its own is lost. */
const GRACE_MS = 10_000
/** The time that the kernel gets to remove killed processes. */
const KILL_MS = 2_000

/** Throws PROGRAM_ORPHANED, because a second process would work for the same generator. */
export function refuseOrphan ({ name, orphan_pids: pids = [] }: ProcessInfo): void {
  const [pid] = pids
  if (pid === undefined) return
  throw new CodedError('PROGRAM_ORPHANED',
    `${name} still runs as process ${pids.join(', ')}, because its supervisord ended without stopping it. Stop the program, which ends that process, then start it again`,
    { data: { pid, pids } })
}

/** Ends what the supervisor has lost of a program, with its process groups. A failed result has the pids that are left. */
export async function endOrphans (operation: Operation, result: Exclude<OperationResult, { outcome: 'failed' }>): Promise<OperationResult> {
  const orphans = await operation.orphans()
  if (orphans.length === 0) return result
  const families = orphans.map(({ pid }) => captureFamily({ ...result.process, pid, uptime_seconds: null, started_at: null }))
  const remains = (): ProcessEntry[] => orphans.flatMap(orphan => orphan.remains())
  const left = (): number[] => [...new Set([...remains().map(({ pid }) => pid), ...families.flatMap(family => family?.survivors() ?? [])])]

  async function signalAll (signal: NodeJS.Signals, milliseconds: number): Promise<void> {
    const deadline = performance.now() + milliseconds
    // Every process of a group that an orphan leads belongs to the program.
    const targets = remains().map(({ pid, group }) => pid === group ? -group : pid)
    for (const target of new Set(targets)) sendSignal(target, signal)
    while (remains().length > 0 && performance.now() < deadline) await operation.pause()
  }

  const pids = left()
  await signalAll('SIGTERM', Math.min(GRACE_MS, operation.remaining() / 2))
  await signalAll('SIGKILL', KILL_MS)
  const survivors = left()
  operation.log.warn({ program: operation.program, pids, survivors }, 'processes were ended that a supervisord had lost')
  const { orphan_pids: _, ...process } = result.process
  return survivors.length === 0 ? { outcome: 'done', process } : operation.failed(result.process, describeSurvivors(survivors), survivors)
}
