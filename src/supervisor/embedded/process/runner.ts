import { randomUUID } from 'node:crypto'
import { within } from '../../../timing/deadline.js'
import type { Log } from '../../log.js'
import { describePids } from '../../sentences.js'
import type { ProgramLog } from '../log/program-log.js'
import type { ProgramConfiguration } from '../program-conf.js'
import type { ProgramFacts } from '../program-state.js'
import { createProgramRecord } from './program-record.js'
import { createRemains } from './remains.js'
import type { RunCgroups } from './run-cgroups.js'
import type { EndedRun } from './run-end.js'
import type { RunRecord, RunRecords } from './run-records.js'
import type { RunIdentity, RunTable } from './run-table.js'
import { spawnRun, type Run } from './spawn-run.js'

/** The time that Node may take to report the end of a process which has left the process table. */
const EXIT_LIMIT_MS = 1_000

export interface RunnerOptions {
  configuration: ProgramConfiguration
  environment: NodeJS.ProcessEnv
  table: RunTable
  cgroups: RunCgroups
  records: RunRecords
  /** What an earlier service has left of the program. */
  record: RunRecord | undefined
  output: ProgramLog
  /** Ends every grace period. */
  hurry: AbortSignal
  log: Log
}

/** Spawns the runs of a program, ends their processes, and keeps the record of the newest one. */
export function createRunner ({ configuration, environment, table, cgroups, records, record, output, hurry, log }: RunnerOptions) {
  const { name: program, killAsGroup, stopSignal: signal, stopAsGroup: asGroup, stopWaitSeconds } = configuration
  const remains = createRemains({ table, cgroups })
  const programRecord = createProgramRecord({ program, table, records })
  let newest: RunIdentity | null = record === undefined ? null : { runId: record.runId, leader: record.leader, endedAt: null }
  if (newest !== null && record?.ended === false) remains.add(newest)

  /** Throws an Error with the reason why nothing was spawned. */
  async function begin (facts: ProgramFacts): Promise<Run> {
    // Two runs must never share a port, so killasgroup=false does not count here.
    facts.remaining = (await remains.end({ stop: null, killAsGroup: true })).survivors
    if (facts.remaining.length > 0) throw new Error(`${describePids(facts.remaining)} of an earlier run cannot be ended`)
    const runId = randomUUID()
    await programRecord.announce(runId, facts)
    const run = await spawnRun({ configuration, environment, runId, table, cgroups, output })
    newest = run.identity
    log.info({ program, pid: run.pid }, 'program spawned')
    return run
  }

  /** Ends all processes of all runs. `run` is the one whose leader was alive. Throws when the process table cannot be read. */
  async function end (run: Run | null): Promise<Omit<EndedRun, 'found'>> {
    const left = await remains.end({ stop: { signal, asGroup, graceMs: stopWaitSeconds * 1000 }, killAsGroup, hurry })
    if (run !== null) {
      await within(EXIT_LIMIT_MS, run.exited, () => null)
      await run.output.finish()
    }
    return left
  }

  /** Ends what a run has left over. The leader is gone, so nothing gets a grace period. */
  async function clearUp (run: Run): Promise<void> {
    await remains.end({ stop: null, killAsGroup })
    await run.output.finish()
  }

  async function updateRecord (facts: ProgramFacts): Promise<void> {
    await programRecord.update({ run: newest, ended: facts.pid === null && remains.isEmpty(), facts }).catch(error => {
      log.warn({ program, err: error }, 'the record of the run cannot be written')
    })
  }

  return {
    begin,
    /** Notes that processes of the run may be left over. */
    giveUp: (run: Run) => remains.add(run.identity),
    /** Tells whether no run has left processes over. */
    isClear: remains.isEmpty,
    end,
    clearUp,
    updateRecord,
  }
}
