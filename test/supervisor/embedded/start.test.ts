import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'tap'
import { build, firstLine, fixture, isAlive, section, until } from './helper.js'

test('a start is done when the process has stayed up for startsecs', async (t) => {
  const { supervisor } = await build(t, section('generator', { command: fixture('stay'), startsecs: 1 }))
  t.strictSame(await supervisor.status('generator'), {
    name: 'generator',
    state: 'STOPPED',
    pid: null,
    uptime_seconds: null,
    started_at: null,
    stopped_at: null,
    exit_code: null,
    exit_signal: null,
    restarts: 0,
    description: null,
  })
  const before = performance.now()
  const result = await supervisor.start('generator')
  t.ok(performance.now() - before >= 990, 'not before startsecs')
  t.match(result, {
    outcome: 'done', process: { state: 'RUNNING', pid: Number, uptime_seconds: 1, stopped_at: null, restarts: 0 }
  })
  t.ok(isAlive(result.process.pid))
  t.ok(Math.abs(Date.parse(result.process.started_at ?? '') - Date.now()) < 5_000)
  const again = await supervisor.start('generator')
  t.match(again, { outcome: 'unchanged', process: { state: 'RUNNING', pid: result.process.pid } })
})

test('startsecs=0 is RUNNING at once', async (t) => {
  const { supervisor } = await build(t, section('generator', { command: fixture('stay'), startsecs: 0 }))
  t.match(await supervisor.start('generator'), { outcome: 'done', process: { state: 'RUNNING', uptime_seconds: 0 } })
})

test('an exit before startsecs fails the start at once, with exit and last words', async (t) => {
  const { supervisor } = await build(
    t,
    section('generator', { command: fixture('exit', '7'), startsecs: 20, startretries: 1 })
  )
  const result = await supervisor.start('generator')
  t.match(result, {
    outcome: 'failed',
    process: {
      state: 'BACKOFF',
      pid: null,
      exit_code: 7,
      exit_signal: null,
      description: 'exited with code 7 before it was up for 20 s (attempt 1 of 2)',
    },
  })
  t.strictSame(result.outcome === 'failed' && result.log_tail.map(line => line.replace(/\d+/u, 'N')).sort(), [
    'trouble', 'working N'
  ])
})

for (const [how, after, exit] of [
  ['0', '0', { exit_code: 0, exit_signal: null }],
  ['3', '500', { exit_code: 3, exit_signal: null }],
  ['SIGKILL', '100', { exit_code: null, exit_signal: 'SIGKILL' }],
] as const) {
  test(`exit ${how} after ${after} ms, with no retries, is FATAL`, async (t) => {
    const { supervisor } = await build(
      t,
      section('generator', { command: fixture('exit', how, after), startsecs: 3, startretries: 0 })
    )
    const { outcome, process } = await supervisor.start('generator')
    t.equal(outcome, 'failed')
    t.match(process, { state: 'FATAL', pid: null, started_at: String, stopped_at: String, ...exit })
    t.match(await supervisor.stop('generator'), { outcome: 'unchanged', process: { state: 'FATAL' } })
  })
}

test('an exit 2 s after the start is past startsecs: done, then EXITED', async (t) => {
  const { supervisor } = await build(t, section('generator', { command: fixture('exit', '0', '2000'), startsecs: 1 }))
  t.match(await supervisor.start('generator'), { outcome: 'done', process: { state: 'RUNNING' } })
  const status = await until('the exit', async () => {
    const now = await supervisor.status('generator')
    return now.state === 'EXITED' && now
  })
  t.match(status, { exit_code: 0, pid: null, restarts: 0, description: 'exited with code 0' })
  t.match(await supervisor.stop('generator'), { outcome: 'unchanged', process: { state: 'EXITED' } })
})

test('the error names a program that cannot be spawned', async (t) => {
  const { supervisor, folder } = await build(t, [
    section('missing', { command: '/nowhere/kalypso-generator', startretries: 0 }),
    section('unfound', { command: 'no-such-generator', startretries: 0 }),
    section('plain', { command: '%(here)s/plain', startretries: 0 }),
    section('badly', { command: '%(here)s/badly', startretries: 0 }),
    section('homeless', { command: fixture('stay'), directory: '%(here)s/no-folder', startretries: 0 }),
    section('misplaced', { command: fixture('stay'), directory: '%(here)s/plain', startretries: 0 }),
    section('long', { command: `/bin/true ${'x'.repeat(200_000)}`, startretries: 0 }),
  ].join('\n'))
  await writeFile(path.join(folder, 'plain'), 'no program', { mode: 0o600 })
  await mkdir(path.join(folder, 'badly'))
  const described = async (name: string): Promise<string | null> => {
    const result = await supervisor.start(name)
    t.match(result, {
      outcome: 'failed', log_tail: [], process: { state: 'FATAL', pid: null, exit_code: null, started_at: null }
    })
    return result.process.description
  }
  t.equal(
    await described('missing'),
    'the command "/nowhere/kalypso-generator" (or the interpreter that its first line names) does not exist (attempt 1 of 1)'
  )
  t.match(await described('unfound'), 'the command "no-such-generator" (or')
  t.equal(await described('plain'), `the command "${folder}/plain" is not executable (attempt 1 of 1)`)
  t.match(await described('badly'), `the command "${folder}/badly" is not executable`)
  t.equal(await described('homeless'), `the directory "${folder}/no-folder" does not exist (attempt 1 of 1)`)
  t.match(await described('misplaced'), `the directory "${folder}/plain" does not exist`)
  t.match(await described('long'), 'the command "/bin/true" cannot be started: E2BIG')
})

test('no answer within the operation timeout is pending, and goes on', async (t) => {
  const { supervisor } = await build(t, section('generator', { command: fixture('stay'), startsecs: 1 }), {
    operationTimeoutMs: 100,
  })
  t.match(await supervisor.start('generator'), { outcome: 'pending', process: { state: 'STARTING', pid: Number } })
  await until('RUNNING', async () => (await supervisor.status('generator')).state === 'RUNNING')
})

test('a child gets the given environment, the program\'s own and the run id, and nothing else', async (t) => {
  const command = `${fixture('tell')} "two words" 'a "b"' c\\ d`
  const { supervisor, folder } = await build(t, section('generator', {
    command, directory: '%(here)s', environment: 'RUST_LOG="info,warn",NAME="%(program_name)s at %(ENV_PLACE)s"',
  }), { environment: { PLACE: 'here', NAME: 'overridden' } })
  await supervisor.start('generator')
  const told = JSON.parse(await firstLine(supervisor, 'generator'))
  t.strictSame(told.args, ['two words', 'a "b"', 'c d'])
  t.equal(told.cwd, folder)
  const { GENERATOR_CLIENT_RUN_ID: runId, ...environment } = told.env
  t.match(runId, /^[0-9a-f-]{36}$/u)
  t.strictSame(environment, { PLACE: 'here', NAME: 'generator at here', RUST_LOG: 'info,warn' })
})

test('programs of odd names', async (t) => {
  const names = ['prover-1.0_β', '..', 'a%b', '"q"', "it's", '__proto__']
  const { supervisor } = await build(
    t,
    names.map(name => section(name, { command: fixture('stay'), startsecs: 0 })).join('')
  )
  t.strictSame(await supervisor.programs(), names)
  for (const name of names) {
    t.match(await supervisor.start(name), { outcome: 'done', process: { name, state: 'RUNNING' } })
  }
})

test('an unknown program is refused by every operation', async (t) => {
  const { supervisor } = await build(t, section('generator', { command: fixture('stay') }))
  const options = { lines: 1, stream: 'stdout', signal: AbortSignal.abort() } as const
  for (const operation of [supervisor.status, supervisor.start, supervisor.stop, supervisor.restart]) {
    await t.rejects(
      operation('toString').then(() => {}),
      { code: 'PROGRAM_NOT_FOUND', message: 'The supervisor has no program "toString"; its programs are: generator.' }
    )
  }
  await t.rejects(supervisor.logs('listener', options), { code: 'PROGRAM_NOT_FOUND' })
  await t.rejects(supervisor.follow('listener', options), { code: 'PROGRAM_NOT_FOUND' })
})

test('autostart', async (t) => {
  const { supervisor } = await build(t, section('generator', { command: fixture('stay'), autostart: true }))
  await until('RUNNING', async () => (await supervisor.status('generator')).state === 'RUNNING')
})
