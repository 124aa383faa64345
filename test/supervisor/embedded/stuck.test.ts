import { createRedactor } from '../../../src/redaction/redactor.js'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test, type Test } from 'tap'
import { createLifecycle, type Lifecycle, type LifecycleOptions } from '../../../src/supervisor/embedded/lifecycle.js'
import { createProcessTable, type ProcessTable } from '../../../src/supervisor/embedded/process/process-table.js'
import { loadProgramConfigurations } from '../../../src/supervisor/embedded/conf/read.js'
import { createProgram, type Program } from '../../../src/supervisor/embedded/program.js'
import { createProgramLog } from '../../../src/supervisor/embedded/log/program-log.js'
import { createRunCgroups } from '../../../src/supervisor/embedded/process/run-cgroups.js'
import { createRunRecords, type RunRecord } from '../../../src/supervisor/embedded/process/run-records.js'
import { createTestLog, fixture, isAlive, section, until, writeSetup } from './helper.js'

const real = createProcessTable()
/** No test can make a process that survives SIGKILL. This one's pid is past the kernel's last. */
const STUCK = { pid: 2 ** 22 + 1, parent: 1, group: 2 ** 22 + 1, session: 2 ** 22 + 1, startTime: 1, isZombie: false }

/** The real process table. Every run consists of STUCK while `isStuck` holds. */
function createStuckTable (): ProcessTable & { isStuck: boolean } {
  return {
    ...real,
    isStuck: true,
    isAlive: (process) => process.pid === STUCK.pid || real.isAlive(process),
    members (run, known) {
      return run.leader !== null && this.isStuck ? [STUCK] : real.members(run, known)
    },
  }
}

interface Case { command: string, startretries: number, table: ProcessTable, record?: RunRecord }

async function optionsFor (t: Test, { command, startretries, table, record }: Case): Promise<Omit<LifecycleOptions, 'output'>> {
  const { configurationFile: file, stateFolder } = await writeSetup(t, section('generator', { command, startretries, stopwaitsecs: 0.1 }))
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

async function buildLifecycle (t: Test, given: Case): Promise<Lifecycle> {
  const options = await optionsFor(t, given)
  const lifecycle = createLifecycle({ ...options, output: createProgramLog({ ...options, redactor: createRedactor() }) })
  t.teardown(lifecycle.close)
  return lifecycle
}

async function buildProgram (t: Test, given: Case): Promise<Program> {
  const program = createProgram({ ...await optionsFor(t, given), redactor: createRedactor(), operationTimeoutMs: 9_000 })
  t.teardown(program.close)
  return program
}

test('a process table that cannot be read for a moment', async (t) => {
  let isBroken = false
  const table: ProcessTable = {
    ...real,
    members (run, known) {
      if (isBroken) throw Object.assign(new Error('injected'), { code: 'EMFILE' })
      return real.members(run, known)
    },
  }
  const lifecycle = await buildLifecycle(t, { command: fixture('stay'), startretries: 0, table })
  t.equal(await (await lifecycle.start())?.attempt.settled, 'up')
  isBroken = true
  process.kill(Number(lifecycle.facts.pid), 'SIGKILL')
  await until('its end', () => lifecycle.facts.state === 'EXITED')
  await t.rejects(lifecycle.stop(), { code: 'EMFILE' })
  isBroken = false
  t.equal(await lifecycle.stop(), 'done')
})

test('a process that not even SIGKILL ends: told as it is, and nothing is started beside it', async (t) => {
  const table = createStuckTable()
  const lifecycle = await buildLifecycle(t, { command: fixture('stay'), startretries: 0, table })
  const begun = await lifecycle.start()
  t.equal(await begun?.attempt.settled, 'up')
  const { pid } = lifecycle.facts
  t.equal(await lifecycle.stop(), 'failed')
  t.match(lifecycle.facts, { state: 'UNKNOWN', pid: null, description: `pid ${STUCK.pid} could not be ended` })
  const second = await lifecycle.start()
  t.equal(await second?.attempt.settled, 'failed')
  t.match(lifecycle.facts, { state: 'FATAL', pid: null, description: `pid ${STUCK.pid} of an earlier run cannot be ended (attempt 1 of 1)` })
  process.kill(Number(pid), 'SIGKILL')
  await until('its end', () => !isAlive(pid))
  t.match(lifecycle.facts, { state: 'FATAL', exit: null }, 'an exit that comes this late changes nothing')
  table.isStuck = false
  t.equal(await lifecycle.stop(), 'done')
  t.match(lifecycle.facts, { state: 'STOPPED', description: null })
})

test('a restart whose stop fails, and the start that it was to take the place of, both say so', async (t) => {
  const table = createStuckTable()
  table.isStuck = false
  const program = await buildProgram(t, { command: fixture('stay'), startretries: 0, table })
  t.match(await program.start({}), { outcome: 'done' })
  table.isStuck = true
  const failure = {
    outcome: 'failed', process: { state: 'UNKNOWN', description: `pid ${STUCK.pid} could not be ended` }, log_tail: [], pids: [STUCK.pid],
  }
  t.match(await Promise.all([program.restart({}), program.restart({}), program.stop()]), [failure, failure, failure])
  table.isStuck = false
  const starting = program.start({})
  await until('the process', () => program.status().pid !== null)
  table.isStuck = true
  t.match(await Promise.all([starting, program.restart({})]), [failure, failure])
  table.isStuck = false
  t.match(await program.stop(), { outcome: 'done' })
})

test('a stop names the processes that it could not look into', async (t) => {
  const table = { ...real, unseen: () => [STUCK] }
  const lifecycle = await buildLifecycle(t, { command: fixture('stay'), startretries: 0, table })
  t.equal(await (await lifecycle.start())?.attempt.settled, 'up')
  t.equal(await lifecycle.stop(), 'done')
  t.match(lifecycle.facts, {
    state: 'STOPPED', description: `stopped; whether pid ${STUCK.pid} began with the program cannot be told: they are another user's`,
  })
})

test('a try that falls due behind a stop does not happen', async (t) => {
  const table = createStuckTable()
  const lifecycle = await buildLifecycle(t, { command: '/bin/false', startretries: 3, table })
  const begun = await lifecycle.start()
  t.equal(await begun?.attempt.settled, 'failed')
  const failedAt = performance.now()
  const stopping = lifecycle.stop()
  await until('the time of the next try', () => performance.now() > failedAt + 1_200)
  t.equal(lifecycle.facts.state, 'BACKOFF', 'the stop waits for the clearing up of the first run')
  table.isStuck = false
  t.equal(await stopping, 'done')
  t.equal(await lifecycle.stop(), 'unchanged')
  t.match(lifecycle.facts, { state: 'STOPPED', restarts: 0 })
})

test('a start ends survivors of an earlier service', async (t) => {
  const runId = '00000000-0000-4000-8000-000000000002'
  const left = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore', env: { GENERATOR_CLIENT_RUN_ID: runId } })
  const exit = once(left, 'exit')
  const lifecycle = await buildLifecycle(t, {
    command: fixture('stay'),
    startretries: 0,
    table: real,
    record: {
      program: 'generator',
      runId,
      bootId: real.bootId,
      supervisor: null,
      leader: null,
      ended: false,
      startedAt: null,
      stoppedAt: null,
      exitCode: null,
      exitSignal: null,
    },
  })
  const begun = await lifecycle.start()
  t.equal(await begun?.attempt.settled, 'up')
  t.strictSame(await exit, [null, 'SIGKILL'])
})

test('a process that has ended, which Node is late to say, is not taken for running', async (t) => {
  let asked = 0
  const table: ProcessTable = {
    ...real,
    isAlive () {
      asked += 1
      return false
    },
  }
  const lifecycle = await buildLifecycle(t, { command: fixture('stay'), startretries: 0, table })
  const begun = await lifecycle.start()
  const { pid } = lifecycle.facts
  const before = asked
  await until('the end of startsecs', () => asked > before)
  t.equal(lifecycle.facts.state, 'STARTING')
  process.kill(Number(pid), 'SIGKILL')
  t.equal(await begun?.attempt.settled, 'failed')
})
