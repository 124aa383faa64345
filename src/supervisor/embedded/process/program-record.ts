import type { ProcessKey } from '../../../machine/process-table.js'
import type { ProgramFacts } from '../program-state.js'
import type { RunRecords } from './run-records.js'
import type { RunIdentity, RunTable } from './run-table.js'

/** The time after which a launcher such as setpriv(1) has surely become the program, which is another executable. */
const LAUNCH_MS = 1_000

interface Change {
  /** Null when the program never ran. */
  run: RunIdentity | null
  ended: boolean
  facts: ProgramFacts
}

/** Keeps the record that one program leaves for the next service. */
export function createProgramRecord ({ program, table, records }: { program: string, table: RunTable, records: RunRecords }) {
  const supervisor = keyOf(table.entry(process.pid))

  /** Throws file system errors. */
  async function update ({ run, ended, facts }: Change): Promise<void> {
    if (run === null) return await records.remove(program)
    const { startedAt, stoppedAt, exit } = facts
    await records.save({
      program,
      bootId: table.bootId,
      supervisor,
      runId: run.runId,
      leader: leaderOf(run, facts),
      ended,
      startedAt,
      stoppedAt,
      exitCode: exit?.code ?? null,
      exitSignal: exit?.signal ?? null,
    })
  }

  function leaderOf ({ leader }: RunIdentity, { state, startedAtMonotonic }: ProgramFacts): RunIdentity['leader'] {
    const isLaunched = state === 'RUNNING' && performance.now() - startedAtMonotonic >= LAUNCH_MS
    return leader !== null && isLaunched ? { ...keyOf(leader), executable: table.executable(leader.pid) } : keyOf(leader)
  }

  /** Comes before a spawn, so that the next service finds whatever the run starts. Throws an Error with the reason. */
  async function announce (runId: string, facts: ProgramFacts): Promise<void> {
    const beginning = { ...facts, startedAt: new Date().toISOString(), stoppedAt: null, exit: null }
    await update({ run: { runId, leader: null, endedAt: null }, ended: false, facts: beginning }).catch((error: NodeJS.ErrnoException) => {
      throw new Error(`the record of the run cannot be written: ${error.code}`, { cause: error })
    })
  }

  return { announce, update }
}

function keyOf<Key extends ProcessKey | null> (process: Key): ProcessKey | (Key & null) {
  return process && { pid: process.pid, startTicks: process.startTicks }
}
