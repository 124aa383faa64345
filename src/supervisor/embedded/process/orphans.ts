import type { Log } from '../../log.js'
import type { RunTable } from './run-table.js'
import type { RunCgroups } from './run-cgroups.js'
import { endRun } from './run-end.js'
import type { RunRecord, RunRecords } from './run-records.js'

/** What programs get to end by themselves when the service that ran them is gone. */
const STOP = { signal: 'SIGTERM', asGroup: true, graceMs: 2_000 } as const

/**
 * Ends what the runs of an earlier service (one that was killed) have left over. Answers the records as they are then.
 * @throws Error when that service is still alive: two of them would end each other's programs
 */
export async function endOrphans ({ records, table, cgroups, log }: {
  records: RunRecords, table: RunTable, cgroups: RunCgroups, log: Log
}): Promise<RunRecord[]> {
  const found = await records.load()
  const open = found.filter(({ ended }) => !ended)
  for (const record of open) refuseLivingSupervisor({ record, table })
  return await Promise.all(found.map(async (record) => record.ended ? record : await endOrphan({ record, records, table, cgroups, log })))
}

function refuseLivingSupervisor ({ record: { bootId, supervisor }, table }: { record: RunRecord, table: RunTable }): void {
  if (bootId !== table.bootId || supervisor === null || supervisor.pid === process.pid || !table.isAlive(supervisor)) return
  throw new Error(`Another instance of the service (pid ${supervisor.pid}) runs its programs from the same folder; stop it first.`)
}

async function endOrphan ({ record, records, table, cgroups, log }: {
  record: RunRecord, records: RunRecords, table: RunTable, cgroups: RunCgroups, log: Log
}): Promise<RunRecord> {
  const { program, runId, leader } = record
  // A reboot has ended everything, at a time that nobody knows.
  const { found, survivors } = record.bootId === table.bootId
    ? await endRun({ table, cgroups, run: { runId, leader, endedAt: null }, stop: STOP, killAsGroup: true })
    : { found: 0, survivors: [] }
  if (found > 0) log.warn({ program, found, survivors: survivors.length }, 'processes of an earlier service were ended')
  const known = { ...record, ended: survivors.length === 0, stoppedAt: found > 0 ? new Date().toISOString() : record.stoppedAt }
  await records.save(known)
  return known
}
