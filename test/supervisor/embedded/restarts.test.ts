import { readFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'
import tap, { test } from 'tap'
import type { ProcessInfo, Supervisor } from '../../../src/supervisor/supervisor.js'
import { build, createTestLog, fixture, isAlive, section, until, type LogEntry } from './helper.js'

// Supervisor's rules ask for most of the waiting here.
tap.jobs = 4

async function untilState (
  supervisor: Supervisor,
  state: ProcessInfo['state'],
  name = 'generator'
): Promise<ProcessInfo> {
  return await until(state, async () => {
    const status = await supervisor.status(name)
    return status.state === state && status
  })
}

test('a crash loop is tried again after 1, 2 and 3 s, then FATAL', async (t) => {
  const spawned: number[] = []
  const { log } = createTestLog()
  const { supervisor } = await build(t, section('generator', { command: '/bin/false' }), {
    log: {
      ...log,
      info: (_details, message) => {
        if (message === 'program spawned') spawned.push(performance.now())
      },
    },
  })
  const { outcome, process } = await supervisor.start('generator')
  t.equal(outcome, 'failed')
  t.match(process, { state: 'BACKOFF', restarts: 0, exit_code: 1 })
  const status = await untilState(supervisor, 'FATAL')
  t.match(status, {
    pid: null, restarts: 3, exit_code: 1, description: 'exited with code 1 before it was up for 0.3 s (attempt 4 of 4)',
  })
  const waits = spawned.slice(1).map((at, index) => at - (spawned[index] ?? 0))
  t.equal(waits.length, 3)
  for (const [index, wait] of waits.entries()) {
    t.ok(wait >= (index + 1) * 1000 - 5 && wait < (index + 1) * 1000 + 2_000, `${wait} ms`)
  }
  t.match(
    await supervisor.start('generator'),
    { outcome: 'failed', process: { state: 'BACKOFF', restarts: 0 } },
    'a start by hand counts anew'
  )
})

test('a start in BACKOFF spawns at once; a stop there is STOPPED at once', async (t) => {
  const { supervisor } = await build(t, section('generator', { command: '/bin/false' }))
  await supervisor.start('generator')
  t.match(await supervisor.start('generator'), {
    outcome: 'failed', process: { description: /attempt 1 of 4/u, restarts: 0 }
  })
  const before = performance.now()
  t.match(await supervisor.stop('generator'), { outcome: 'done', process: { state: 'STOPPED', restarts: 0 } })
  t.ok(performance.now() - before < 5_000)
  await new Promise((resolve) => setTimeout(resolve, 1_300))
  t.match(
    await supervisor.status('generator'),
    { state: 'STOPPED', restarts: 0 },
    'and stays so, past the time of the next try'
  )
})

test('failures are forgotten once it was RUNNING', async (t) => {
  const { supervisor, folder, entries } = await build(
    t,
    section('generator', { command: '%(here)s/flaky', startretries: 1, startsecs: 0.2, autorestart: true })
  )
  // Fails, stays for 0.4 s, fails, stays …: never twice in a row.
  await writeFile(path.join(folder, 'flaky'), `#!/bin/sh
if [ -e ${folder}/odd ]; then rm ${folder}/odd; exec sleep 0.4; fi
touch ${folder}/odd; exit 9
`)
  await chmod(path.join(folder, 'flaky'), 0o700)
  await supervisor.start('generator')
  await until('four restarts', async () => (await supervisor.status('generator')).restarts === 4)
  t.notOk(entries.some(({ details }) => details['state'] === 'FATAL'))
})

for (const [autorestart, exit, isRestarted] of [
  ['unexpected', '0', false],
  ['unexpected', '4', false],
  ['unexpected', '3', true],
  ['unexpected', 'SIGKILL', true],
  ['true', '0', true],
  ['false', '3', false],
] as const) {
  test(`autorestart=${autorestart}, exit ${exit}: ${isRestarted ? 'restarted' : 'EXITED'}`, async (t) => {
    const { supervisor } = await build(t, section('generator', {
      command: fixture('exit', exit, '500'), startsecs: 0.1, autorestart, exitcodes: '0,4',
    }))
    const { process: { pid } } = await supervisor.start('generator')
    const status = await until('the exit', async () => {
      const now = await supervisor.status('generator')
      return now.stopped_at !== null && now
    })
    t.match(
      status,
      exit === 'SIGKILL' ? { exit_code: null, exit_signal: exit } : { exit_code: Number(exit), exit_signal: null }
    )
    if (!isRestarted) {
      await new Promise((resolve) => setTimeout(resolve, 1_200))
      t.match(await supervisor.status('generator'), { state: 'EXITED', restarts: 0, pid: null })
      return
    }
    const second = await until('the restart', async () => {
      const now = await supervisor.status('generator')
      return now.restarts === 1 && now.pid !== null && now
    })
    t.not(second.pid, pid)
  })
}

test('startsecs=0 and an early exit: once a second, not faster; a stop between two runs is STOPPED', async (t) => {
  const { supervisor, entries } = await build(
    t,
    section('generator', { command: '/bin/false', startsecs: 0, autorestart: true })
  )
  t.match(await supervisor.start('generator'), { outcome: 'done' })
  const before = performance.now()
  await until('two restarts', () => spawns(entries) === 3)
  t.ok(performance.now() - before > 1_800)
  await untilState(supervisor, 'EXITED')
  t.match(await supervisor.stop('generator'), { outcome: 'done', process: { state: 'STOPPED' } })
  const spawned = spawns(entries)
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  t.equal(spawns(entries), spawned)
})

function spawns (entries: LogEntry[]): number {
  return entries.filter(({ message }) => message === 'program spawned').length
}

test('restart: another process, whatever the state', async (t) => {
  const { supervisor } = await build(t, section('generator', { command: fixture('stay') }))
  const first = await supervisor.restart('generator')
  t.match(first, { outcome: 'done', process: { state: 'RUNNING', restarts: 0 } }, 'of a program that was not running')
  const second = await supervisor.restart('generator')
  t.match(second, { outcome: 'done', process: { state: 'RUNNING', restarts: 0 } })
  t.not(second.process.pid, first.process.pid)
  t.notOk(isAlive(first.process.pid))
})

test('a process that ends just as startsecs is over, while Node is busy, is not RUNNING', async (t) => {
  const { supervisor } = await build(
    t,
    section('generator', { command: '/bin/sleep 0.1', startsecs: 0.4, startretries: 0 })
  )
  const starting = supervisor.start('generator')
  await until('STARTING', async () => (await supervisor.status('generator')).pid !== null)
  const busyUntil = performance.now() + 600
  while (performance.now() < busyUntil) readFileSync('/proc/self/stat')
  t.match(await starting, { outcome: 'failed', process: { state: 'FATAL', exit_code: 0 } })
})
