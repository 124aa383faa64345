import { endRun } from './run-end.js'
import type { RunRecord } from './run-records.js'
import type { RunnerOptions } from './runner.js'

/** Gives programs a short time to end by themselves, because the service that ran them is gone. */
const STOP = { signal: 'SIGTERM', asGroup: true, graceMs: 2_000 } as const

/**
 * Ends what the runs of an earlier, killed service have left over. Returns the records of all programs afterwards. Throws
 * an Error while that service is alive, because two services would end each other's programs.
 */
export async function endOrphans ({ records, table, cgroups, log }: Pick<RunnerOptions, 'records' | 'table' | 'cgroups' | 'log'>): Promise<RunRecord[]> {
  const found = await records.load()
  for (const { ended, bootId, supervisor } of found) {
    if (ended || bootId !== table.bootId || supervisor === null || supervisor.pid === process.pid || !table.isAlive(supervisor)) continue
    throw new Error(`Another instance of the service (pid ${supervisor.pid}) runs its programs from the same folder; stop it first.`)
  }
  return await Promise.all(found.map(async record => record.ended ? record : await endOrphan(record)))

  async function endOrphan (record: RunRecord): Promise<RunRecord> {
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
}
