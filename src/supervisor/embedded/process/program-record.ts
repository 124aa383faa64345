import type { ProcessKey } from '../../../machine/process-table.js'
import type { RunIdentity, RunTable } from './run-table.js'
import type { ProgramFacts } from '../program-facts.js'
import type { RunRecord, RunRecords } from './run-records.js'

/** From its start, until what was spawned has surely become the program: a launcher such as setpriv(1) is another executable. */
const LAUNCH_MS = 1_000

export interface ProgramRecord {
  /** Before a spawn: from then on, whatever it starts can be found again. Throws when it cannot be written. */
  announce (runId: string): Promise<void>
  /** After a change: `run` is the newest that there was, null when there was none. */
  update (change: { run: RunIdentity | null, ended: boolean, facts: ProgramFacts }): Promise<void>
}

/** The record that one program leaves for the next service. */
export function createProgramRecord ({ program, table, records }: {
  program: string, table: RunTable, records: RunRecords
}): ProgramRecord {
  const common = { program, bootId: table.bootId, supervisor: keyOf(table.entry(process.pid)) }

  function recordOf ({ run, ended, facts }: { run: RunIdentity, ended: boolean, facts: ProgramFacts }): RunRecord {
    return {
      ...common,
      runId: run.runId,
      leader: leaderOf({ run, facts }),
      ended,
      startedAt: facts.startedAt,
      stoppedAt: facts.stoppedAt,
      exitCode: facts.exit?.code ?? null,
      exitSignal: facts.exit?.signal ?? null,
    }
  }

  function leaderOf ({ run: { leader }, facts }: { run: RunIdentity, facts: ProgramFacts }): RunIdentity['leader'] {
    const isLaunched = facts.state === 'RUNNING' && performance.now() - facts.startedAtMonotonic >= LAUNCH_MS
    return leader !== null && isLaunched ? { ...keyOf(leader), executable: table.executable(leader.pid) } : keyOf(leader)
  }

  return {
    async announce (runId) {
      await records.save({
        ...common, runId, leader: null, ended: false, startedAt: new Date().toISOString(), stoppedAt: null, exitCode: null, exitSignal: null,
      })
    },
    async update ({ run, ended, facts }) {
      if (run === null) await records.remove(program)
      else await records.save(recordOf({ run, ended, facts }))
    },
  }
}

function keyOf <T extends ProcessKey | null> (process: T): ProcessKey | (T & null) {
  return process && { pid: process.pid, startTicks: process.startTicks }
}
