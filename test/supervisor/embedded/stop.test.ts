import { test } from 'tap'
import { build, firstLine, fixture, isAlive, section, until } from './helper.js'

test('a stop is done when the process is gone', async (t) => {
  const { supervisor } = await build(t, section('generator', { command: fixture('stay') }))
  t.match(await supervisor.stop('generator'), { outcome: 'unchanged', process: { state: 'STOPPED', started_at: null } })
  const { process: { pid } } = await supervisor.start('generator')
  const result = await supervisor.stop('generator')
  t.notOk(isAlive(pid))
  t.match(result, {
    outcome: 'done',
    process: {
      state: 'STOPPED',
      pid: null,
      uptime_seconds: null,
      exit_code: null,
      exit_signal: 'SIGTERM',
      started_at: String,
      stopped_at: String,
    },
  })
  t.match(await supervisor.stop('generator'), { outcome: 'unchanged', process: { state: 'STOPPED' } })
})

test('stopsignal is the program\'s choice', async (t) => {
  const { supervisor } = await build(
    t,
    section('generator', { command: fixture('stay', '--ignore'), stopsignal: 'INT' })
  )
  await supervisor.start('generator')
  t.match(await supervisor.stop('generator'), { outcome: 'done', process: { exit_signal: 'SIGINT' } })
})

test('SIGKILL after stopwaitsecs', async (t) => {
  const { supervisor } = await build(
    t,
    section('generator', { command: fixture('stay', '--ignore'), stopwaitsecs: 0.5 })
  )
  const { process: { pid } } = await supervisor.start('generator')
  await firstLine(supervisor, 'generator')
  const before = performance.now()
  const stopping = supervisor.stop('generator')
  await until('STOPPING', async () => (await supervisor.status('generator')).state === 'STOPPING')
  t.match(await stopping, { outcome: 'done', process: { state: 'STOPPED', exit_signal: 'SIGKILL' } })
  t.ok(performance.now() - before >= 490)
  t.notOk(isAlive(pid))
  t.match(await supervisor.logs('generator', { lines: 1, stream: 'stdout' }), ['TERM ignored'])
})

test('a slow program gets its time, and the stop is pending meanwhile', async (t) => {
  const { supervisor } = await build(t, section('generator', { command: fixture('stay', '--slow=700') }), {
    operationTimeoutMs: 400,
  })
  await supervisor.start('generator')
  await firstLine(supervisor, 'generator')
  t.match(await supervisor.stop('generator'), { outcome: 'pending', process: { state: 'STOPPING', pid: Number } })
  await until('STOPPED', async () => (await supervisor.status('generator')).state === 'STOPPED')
  t.match(await supervisor.status('generator'), { exit_code: 0, exit_signal: null })
})

test('all children go with the process, wherever they went', async (t) => {
  const kinds = ['plain', 'deaf', 'away', 'orphan', 'bare', 'away-bare']
  const { supervisor } = await build(
    t,
    section('generator', { command: fixture('family', 'stay', ...kinds), stopwaitsecs: 1, startsecs: 0 })
  )
  await supervisor.start('generator')
  const children: Record<string, number> = JSON.parse(await firstLine(supervisor, 'generator'))
  t.strictSame(Object.keys(children), kinds)
  for (const [kind, pid] of Object.entries(children)) t.ok(isAlive(pid), `${kind} is there`)
  t.match(await supervisor.stop('generator'), {
    outcome: 'done', process: { state: 'STOPPED', exit_signal: 'SIGTERM' }
  })
  for (const [kind, pid] of Object.entries(children)) t.notOk(isAlive(pid), `${kind} is gone`)
})

test('remains of a crashed process are gone before the next start', async (t) => {
  const kinds = ['plain', 'deaf', 'away', 'orphan', 'bare']
  const { supervisor } = await build(
    t,
    section('generator', { command: fixture('family', 'crash', ...kinds), startsecs: 0, autorestart: true })
  )
  await supervisor.start('generator')
  const children: Record<string, number> = JSON.parse(await firstLine(supervisor, 'generator'))
  await until('the restart', async () => {
    const { restarts, pid } = await supervisor.status('generator')
    return restarts === 1 && pid !== null
  })
  for (const [kind, pid] of Object.entries(children)) t.notOk(isAlive(pid), `${kind} is gone`)
})

test('stopasgroup=false: only the process gets the signal, its children the SIGKILL', async (t) => {
  const { supervisor } = await build(t, section('generator', {
    command: fixture('family', 'stay', 'plain'), startsecs: 0, stopasgroup: false, stopwaitsecs: 0.5,
  }))
  await supervisor.start('generator')
  const { plain } = JSON.parse(await firstLine(supervisor, 'generator'))
  const before = performance.now()
  t.match(await supervisor.stop('generator'), {
    outcome: 'done', process: { state: 'STOPPED', exit_signal: 'SIGTERM' }
  })
  t.ok(performance.now() - before >= 490, 'the child had stopwaitsecs to go by itself')
  t.notOk(isAlive(plain))
})

test('killasgroup=false: a child that stays fails the stop, and ends before the next start', async (t) => {
  const { supervisor } = await build(
    t,
    section('generator', {
      command: fixture('family', 'stay', 'plain'),
      startsecs: 0,
      stopasgroup: false,
      killasgroup: false,
      stopwaitsecs: 0.2,
    })
  )
  await supervisor.start('generator')
  const { plain } = JSON.parse(await firstLine(supervisor, 'generator'))
  const failure = {
    outcome: 'failed',
    log_tail: [],
    process: { state: 'UNKNOWN', pid: null, exit_signal: 'SIGTERM', description: `pid ${plain} could not be ended` },
  }
  t.match(await supervisor.stop('generator'), failure)
  t.match(await supervisor.restart('generator'), failure)
  t.ok(isAlive(plain))
  t.match(await supervisor.start('generator'), { outcome: 'done', process: { state: 'RUNNING' } })
  t.notOk(isAlive(plain))
  const second = await until('the second run', async () => {
    const lines = await supervisor.logs('generator', { lines: 10, stream: 'stdout' })
    return lines?.[1]
  })
  process.kill(JSON.parse(second).plain, 'SIGKILL')
})

test('killasgroup=false: SIGKILL reaches the process alone', async (t) => {
  const { supervisor } = await build(t, section('generator', {
    command: fixture('stay', '--ignore'), startsecs: 0, stopasgroup: false, killasgroup: false, stopwaitsecs: 0.2,
  }))
  await supervisor.start('generator')
  await firstLine(supervisor, 'generator')
  t.match(await supervisor.stop('generator'), {
    outcome: 'done', process: { state: 'STOPPED', exit_signal: 'SIGKILL' }
  })
})
