import type { Test } from 'tap'
import { createLifecycle, type Lifecycle } from '../../../src/supervisor/embedded/lifecycle.js'
import { loadProgramConfigurations } from '../../../src/supervisor/embedded/conf/read.js'
import { createProgramLog } from '../../../src/supervisor/embedded/log/program-log.js'
import { createRunCgroups } from '../../../src/supervisor/embedded/process/run-cgroups.js'
import { createRunRecords, type RunRecord } from '../../../src/supervisor/embedded/process/run-records.js'
import { createRunTable, type RunTable } from '../../../src/supervisor/embedded/process/run-table.js'
import type { RunnerOptions } from '../../../src/supervisor/embedded/process/runner.js'
import { createRedactor } from '../../../src/redaction/redactor.js'
import { createTestLog, section, writeSetup } from './helper.js'

export const realTable = createRunTable()
/** Stands for a process that not even SIGKILL ends. No test can make one, so its pid is past the kernel's last. */
export const STUCK = {
  pid: 2 ** 22 + 1, parent: 1, group: 2 ** 22 + 1, session: 2 ** 22 + 1, startTicks: 1, isZombie: false
}

/** The real process table, but every run consists of STUCK while `isStuck`. */
export function createStuckTable (): RunTable & { isStuck: boolean } {
  return {
    ...realTable,
    isStuck: true,
    isAlive: (process) => process.pid === STUCK.pid || realTable.isAlive(process),
    members (run, known) {
      return run.leader !== null && this.isStuck ? [STUCK] : realTable.members(run, known)
    },
  }
}

/** The real process table, but it cannot be read while `isBroken`. */
export function createBreakableTable (): RunTable & { isBroken: boolean } {
  return {
    ...realTable,
    isBroken: false,
    members (run, known) {
      if (this.isBroken) throw Object.assign(new Error('injected'), { code: 'EMFILE' })
      return realTable.members(run, known)
    },
  }
}

export const RUN_RECORD: RunRecord = {
  program: 'generator',
  runId: '00000000-0000-4000-8000-000000000002',
  bootId: realTable.bootId,
  supervisor: null,
  leader: null,
  ended: false,
  startedAt: null,
  stoppedAt: null,
  exitCode: null,
  exitSignal: null,
}

export interface Case { options: Record<string, string | number | boolean>, table?: RunTable, record?: RunRecord }

export async function optionsFor (
  t: Test,
  { options, table = realTable, record }: Case
): Promise<Omit<RunnerOptions, 'output'>> {
  const { configurationFile: file, stateFolder } = await writeSetup(
    t, section('generator', { startretries: 0, stopwaitsecs: 0.1, ...options })
  )
  const { log } = createTestLog()
  const [configuration] = await loadProgramConfigurations({ file, environment: {}, log })
  if (configuration === undefined) throw new Error('no program')
  return {
    configuration,
    environment: {},
    table,
    // The kernel would end all of a cgroup, whatever the table says.
    cgroups: createRunCgroups({ folder: null, log }),
    records: createRunRecords({ folder: stateFolder, log }),
    record,
    hurry: new AbortController().signal,
    log,
  }
}

export async function buildLifecycle (t: Test, given: Case): Promise<Lifecycle> {
  const options = await optionsFor(t, given)
  const lifecycle = createLifecycle({
    ...options, output: createProgramLog({ ...options, redactor: createRedactor() })
  })
  t.teardown(lifecycle.close)
  return lifecycle
}
