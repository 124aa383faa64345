import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test, type Test } from 'tap'
import { createRedactor } from '../../../src/redaction/redactor.js'
import { createProgram, type Program } from '../../../src/supervisor/embedded/program.js'
import type { RunTable } from '../../../src/supervisor/embedded/process/run-table.js'
import { fixture, isAlive, until } from './helper.js'
import {
  buildLifecycle, createBreakableTable, createStuckTable, optionsFor, realTable, RUN_RECORD, STUCK, type Case
} from './lifecycle.js'

async function buildProgram (t: Test, given: Case): Promise<Program> {
  const program = createProgram({
    ...(await optionsFor(t, given)), redactor: createRedactor(), operationTimeoutMs: 9_000
  })
  t.teardown(program.close)
  return program
}

test('a process table that cannot be read for a moment', async (t) => {
  const table = createBreakableTable()
  const lifecycle = await buildLifecycle(t, { options: { command: fixture('stay') }, table })
  t.equal(await (await lifecycle.start())?.attempt.settled, 'up')
  table.isBroken = true
  process.kill(Number(lifecycle.facts.pid), 'SIGKILL')
  await until('its end', () => lifecycle.facts.state === 'EXITED')
  await t.rejects(lifecycle.stop(), { code: 'EMFILE' })
  table.isBroken = false
  t.equal(await lifecycle.stop(), 'done')
})

test('a process that not even SIGKILL ends: told as it is, and nothing is started beside it', async (t) => {
  const table = createStuckTable()
  const lifecycle = await buildLifecycle(t, { options: { command: fixture('stay') }, table })
  const begun = await lifecycle.start()
  t.equal(await begun?.attempt.settled, 'up')
  const { pid } = lifecycle.facts
  t.equal(await lifecycle.stop(), 'failed')
  t.match(lifecycle.facts, { state: 'UNKNOWN', pid: null, description: `pid ${STUCK.pid} could not be ended` })
  const second = await lifecycle.start()
  t.equal(await second?.attempt.settled, 'failed')
  t.match(lifecycle.facts, {
    state: 'FATAL', pid: null, description: `pid ${STUCK.pid} of an earlier run cannot be ended (attempt 1 of 1)`
  })
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
  const program = await buildProgram(t, { options: { command: fixture('stay') }, table })
  t.match(await program.start({}), { outcome: 'done' })
  table.isStuck = true
  const failure = {
    outcome: 'failed',
    process: { state: 'UNKNOWN', description: `pid ${STUCK.pid} could not be ended` },
    log_tail: [],
    pids: [STUCK.pid],
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
  const table = { ...realTable, unseen: () => [STUCK] }
  const lifecycle = await buildLifecycle(t, { options: { command: fixture('stay') }, table })
  t.equal(await (await lifecycle.start())?.attempt.settled, 'up')
  t.equal(await lifecycle.stop(), 'done')
  t.match(lifecycle.facts, {
    state: 'STOPPED',
    description: `stopped; whether pid ${STUCK.pid} began with the program cannot be told: they are another user's`,
  })
})

test('a try that falls due behind a stop does not happen', async (t) => {
  const table = createStuckTable()
  const lifecycle = await buildLifecycle(t, { options: { command: '/bin/false', startretries: 3 }, table })
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
  const left = spawn('sleep', ['1000'], {
    detached: true, stdio: 'ignore', env: { GENERATOR_CLIENT_RUN_ID: RUN_RECORD.runId }
  })
  const exit = once(left, 'exit')
  const lifecycle = await buildLifecycle(t, { options: { command: fixture('stay') }, record: RUN_RECORD })
  const begun = await lifecycle.start()
  t.equal(await begun?.attempt.settled, 'up')
  t.strictSame(await exit, [null, 'SIGKILL'])
})

test('a process that has ended, which Node is late to say, is not taken for running', async (t) => {
  let asked = 0
  const table: RunTable = {
    ...realTable,
    isAlive () {
      asked += 1
      return false
    },
  }
  const lifecycle = await buildLifecycle(t, { options: { command: fixture('stay') }, table })
  const begun = await lifecycle.start()
  const { pid } = lifecycle.facts
  const before = asked
  await until('the end of startsecs', () => asked > before)
  t.equal(lifecycle.facts.state, 'STARTING')
  process.kill(Number(pid), 'SIGKILL')
  t.equal(await begun?.attempt.settled, 'failed')
})
