import { test } from 'tap'
import type { Supervisor } from '../../../src/supervisor/supervisor.js'
import { build, fixture, isAlive, section, until, type LogEntry } from './helper.js'
import { killIfThere } from '../real/processes.js'

function livingPids (entries: LogEntry[]): unknown[] {
  return entries
    .filter(({ message }) => message === 'program spawned')
    .map(({ details }) => details['pid'])
    .filter(pid => isAlive(Number(pid)))
}

test('starts at the same time are one start', async (t) => {
  const { supervisor, entries } = await build(t, section('generator', { command: fixture('stay') }))
  const results = await Promise.all(Array.from({ length: 20 }, async () => await supervisor.start('generator')))
  t.equal(new Set(results.map(({ process: { pid } }) => pid)).size, 1)
  t.strictSame(results.map(({ outcome }) => outcome), ['done', ...Array.from({ length: 19 }, () => 'joined')])
  t.equal(livingPids(entries).length, 1)
})

test('a stop while STARTING fails the waiting start', async (t) => {
  const { supervisor, entries } = await build(t, section('generator', { command: fixture('stay'), startsecs: 5 }))
  const starting = supervisor.start('generator')
  await until('STARTING', async () => (await supervisor.status('generator')).pid !== null)
  const [started, stopped] = await Promise.all([starting, supervisor.stop('generator')])
  t.match(started, { outcome: 'failed', process: { state: /^STOPP/u }, log_tail: Array })
  t.match(stopped, { outcome: 'done', process: { state: 'STOPPED' } })
  t.strictSame(livingPids(entries), [])
})

test('a stop right behind a start, before anything is spawned', async (t) => {
  const { supervisor, entries } = await build(t, section('generator', { command: fixture('stay') }))
  const [started, stopped] = await Promise.all([supervisor.start('generator'), supervisor.stop('generator')])
  t.match([started.outcome, stopped.outcome], ['failed', 'done'])
  t.strictSame(livingPids(entries), [])
})

test('a start right behind a stop comes after it', async (t) => {
  const { supervisor, entries } = await build(t, section('generator', { command: fixture('stay', '--slow=300') }))
  const first = await supervisor.start('generator')
  const [stopped, started] = await Promise.all([supervisor.stop('generator'), supervisor.start('generator')])
  t.match([stopped.outcome, started.outcome], ['done', 'done'])
  t.not(started.process.pid, first.process.pid)
  t.strictSame(livingPids(entries), [started.process.pid])
})

test('restarts at the same time are one restart', async (t) => {
  const { supervisor, entries } = await build(t, section('generator', { command: fixture('stay') }))
  const first = await supervisor.start('generator')
  const results = await Promise.all(Array.from({ length: 20 }, async () => await supervisor.restart('generator')))
  t.strictSame(results.map(({ outcome }) => outcome), ['done', ...Array.from({ length: 19 }, () => 'joined')])
  const pids = new Set(results.map(({ process: { pid } }) => pid))
  t.equal(pids.size, 1)
  t.notOk(pids.has(first.process.pid))
  t.strictSame(livingPids(entries), [...pids])
  t.equal(entries.filter(({ message }) => message === 'program spawned').length, 2)
})

test('a restart replaces a start or restart that is not up yet, and each answer has the newest process', async t => {
  const { supervisor, entries } = await build(t, section('generator', { command: fixture('stay'), startsecs: 1 }))
  const starting = supervisor.start('generator')
  await until('the first process', () => livingPids(entries).length === 1)
  const early = supervisor.restart('generator')
  await until('the second process', () => entries.filter(({ message }) => message === 'program spawned').length === 2)
  const late = supervisor.restart('generator')
  const results = await Promise.all([starting, early, late])
  t.strictSame(results.map(({ outcome }) => outcome), ['joined', 'joined', 'done'])
  t.strictSame(livingPids(entries), [results[2]?.process.pid])
  for (const result of results) t.match(result.process, { state: 'RUNNING', pid: results[2]?.process.pid })
})

test('a restart behind a stop is no part of the one before it', async (t) => {
  const { supervisor, entries } = await build(t, section('generator', { command: fixture('stay', '--slow=300') }))
  await supervisor.start('generator')
  const [early, stopped, late] = await Promise.all([
    supervisor.restart('generator'), supervisor.stop('generator'), supervisor.restart('generator')
  ])
  t.match([early.outcome, stopped.outcome, late.outcome], ['failed', 'done', 'done'])
  t.match(early.process.description, 'stopped by another request before it was up')
  t.strictSame(livingPids(entries), [late.process.pid])
})

test('restarts at the same time of a program that does not come up all say so', async (t) => {
  const { supervisor } = await build(t, section('generator', { command: fixture('exit', '3'), startretries: 0 }))
  const results = await Promise.all([supervisor.restart('generator'), supervisor.restart('generator')])
  const failure = { outcome: 'failed', process: { state: 'FATAL', exit_code: 3 }, log_tail: [/working/u, /trouble/u] }
  t.match(results, [failure, failure])
})

test('an exit that comes while operations queue up', async (t) => {
  const { supervisor, entries } = await build(
    t,
    section('generator', { command: fixture('stay'), startsecs: 0, autorestart: true })
  )
  const { process: { pid } } = await supervisor.start('generator')
  const restarting = supervisor.restart('generator')
  process.kill(Number(pid), 'SIGKILL')
  const stopping = supervisor.stop('generator')
  await Promise.all([restarting, stopping])
  t.match(await supervisor.status('generator'), { state: 'STOPPED' })
  t.strictSame(livingPids(entries), [])
})

test('any order of operations and crashes leaves one process at most', async (t) => {
  const { supervisor, entries } = await build(
    t,
    section('generator', { command: '/bin/sleep 1000', startsecs: 0.02, autorestart: true })
  )
  const operations: Array<(supervisor: Supervisor) => Promise<unknown>> = [
    async ({ start }) => await start('generator'),
    async ({ stop }) => await stop('generator'),
    async ({ restart }) => await restart('generator'),
    async ({ status }) => {
      const { pid } = await status('generator')
      if (pid !== null && isAlive(pid)) killIfThere(pid)
    },
  ]
  let seed = 1
  const random = (): number => (seed = seed * 48_271 % 2_147_483_647)
  const running: Array<Promise<unknown>> = []
  for (let step = 0; step < 100; step++) {
    const operation = operations[random() % operations.length]
    if (operation !== undefined) running.push(operation(supervisor))
    await new Promise((resolve) => setTimeout(resolve, random() % 15))
    if (livingPids(entries).length > 1) t.fail(`${livingPids(entries).length} processes at step ${step}`)
  }
  await Promise.all(running)
  const last = await supervisor.start('generator')
  t.match(last.process.state, 'RUNNING')
  t.strictSame(livingPids(entries), [last.process.pid])
  t.match(await supervisor.stop('generator'), { outcome: 'done' })
  t.strictSame(livingPids(entries), [])
})
