import { CodedError } from '../../../errors.js'
import type { ProcessEntry } from '../../../machine/process-table.js'
import { sendSignal } from '../../../machine/signal.js'
import type { OperationResult, ProcessInfo } from '../../supervisor.js'
import type { Operation } from '../operation.js'
import type { Orphan } from './orphan-watch.js'
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
    `${name} still runs as process ${pids.join(', ')}, which its supervisord has lost: that daemon ended without stopping it. Stop the program, which ends that process, and start it then`,
    { data: { pid, pids } })
}

/** Ends what the supervisor has lost of a program, with its process groups. A failed result has the pids that are left. */
export async function endOrphans (operation: Operation, result: Exclude<OperationResult, { outcome: 'failed' }>): Promise<OperationResult> {
  const orphans = await operation.orphans()
  if (orphans.length === 0) return result
  const families = orphans.map(({ pid }) => captureFamily({ ...result.process, pid, uptime_seconds: null, started_at: null }))
  const left = (): number[] => [...new Set([...pidsOf(orphans), ...families.flatMap(family => family?.survivors() ?? [])])]
  const pids = left()
  await signalAll({ orphans, signal: 'SIGTERM', milliseconds: Math.min(GRACE_MS, operation.remaining() / 2), operation })
  await signalAll({ orphans, signal: 'SIGKILL', milliseconds: KILL_MS, operation })
  const survivors = left()
  operation.log.warn({ program: operation.program, pids, survivors }, 'processes were ended that a supervisord had lost')
  const { orphan_pids: _, ...process } = result.process
  return survivors.length === 0 ? { outcome: 'done', process } : operation.failed(result.process, describeSurvivors(survivors), survivors)
}

async function signalAll ({ orphans, signal, milliseconds, operation }: {
  orphans: Orphan[], signal: NodeJS.Signals, milliseconds: number, operation: Operation
}): Promise<void> {
  const deadline = performance.now() + milliseconds
  const targets = orphans.flatMap(({ remains }) => remains())
  // Every process of a group that an orphan leads belongs to the program.
  for (const target of new Set(targets.map(addressOf))) sendSignal(target, signal)
  while (pidsOf(orphans).length > 0 && performance.now() < deadline) await operation.pause()
}

function addressOf ({ pid, group }: ProcessEntry): number {
  return pid === group ? -group : pid
}

function pidsOf (orphans: Orphan[]): number[] {
  return orphans.flatMap(({ remains }) => remains()).map(({ pid }) => pid)
}
