import type { Log } from '../../log.js'
import type { RunCgroups } from './run-cgroups.js'
import { endRun } from './run-end.js'
import type { RunRecord, RunRecords } from './run-records.js'
import type { RunTable } from './run-table.js'

/** Gives programs a short time to end by themselves, because the service that ran them is gone. */
const STOP = { signal: 'SIGTERM', asGroup: true, graceMs: 2_000 } as const

interface Context { records: RunRecords, table: RunTable, cgroups: RunCgroups, log: Log }

/**
 * Ends what the runs of an earlier, killed service have left over. Returns the records of all programs afterwards. Throws
 * an Error while that service is alive, because two services would end each other's programs.
 */
export async function endOrphans (context: Context): Promise<RunRecord[]> {
  const found = await context.records.load()
  for (const { ended, ...record } of found) if (!ended) refuseLivingSupervisor(record, context.table)
  return await Promise.all(found.map(async record => record.ended ? record : await endOrphan(record, context)))
}

function refuseLivingSupervisor ({ bootId, supervisor }: Omit<RunRecord, 'ended'>, table: RunTable): void {
  if (bootId !== table.bootId || supervisor === null || supervisor.pid === process.pid || !table.isAlive(supervisor)) return
  throw new Error(`Another instance of the service (pid ${supervisor.pid}) runs its programs from the same folder; stop it first.`)
}

async function endOrphan (record: RunRecord, { records, table, cgroups, log }: Context): Promise<RunRecord> {
  const { program, runId, leader } = record
  // A reboot has ended everything, and nobody knows when.
  const { found, survivors } = record.bootId === table.bootId
    ? await endRun({ table, cgroups, run: { runId, leader, endedAt: null }, stop: STOP, killAsGroup: true })
    : { found: 0, survivors: [] }
  if (found > 0) log.warn({ program, found, survivors: survivors.length }, 'processes of an earlier service were ended')
  const known = { ...record, ended: survivors.length === 0, stoppedAt: found > 0 ? new Date().toISOString() : record.stoppedAt }
  await records.save(known)
  return known
}
