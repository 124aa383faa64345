import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Test, test } from 'tap'
import { createCtlSupervisor } from '../../../src/supervisor/ctl/driver.js'
import { createRedactor } from '../../../src/redaction/redactor.js'
import type { Supervisor } from '../../../src/supervisor/supervisor.js'
import { countDescriptors, isAlive, until } from '../real/processes.js'
import { createCtlReplay, type CtlAnswers, recorded, silent } from '../recorded/replay.js'

function output (file: string): CtlAnswers {
  return { text: recorded('go-0.7.3', `ctl-${file}.txt`) }
}

const running = output('status-running')
const starting = output('status-starting')
const stopped = output('status-long')

function createWorld (
  t: Test,
  script: Record<string, CtlAnswers[]>,
  operationTimeoutMs = 9_000
): { supervisor: Supervisor, folder: string, calls: () => string[] } {
  const { executable, folder, calls } = createCtlReplay(t, script)
  const supervisor = createCtlSupervisor({ executable, operationTimeoutMs, environment: process.env, log: silent })
  t.teardown(() => supervisor.close())
  return { supervisor, folder, calls }
}

test('the path', t => {
  const folder = t.testdir({ file: '', empty: {}, full: {}, odd: { supervisord: {} } })
  const create = (executable: string): Supervisor =>
    createCtlSupervisor({ executable, operationTimeoutMs: 1_000, environment: process.env, log: silent })
  for (const name of ['file', 'empty', 'missing', 'odd']) {
    t.throws(
      () => create(path.join(folder, name)),
      { message: /^SUPERVISORD_PATH: .*Set it to the supervisord executable/ },
      name
    )
  }
  writeFileSync(path.join(folder, 'full/supervisord'), '#!/bin/sh\n')
  chmodSync(path.join(folder, 'full/supervisord'), 0o700)
  t.ok(create(path.join(folder, 'full')), 'a folder that holds it')
  t.ok(create(path.join(folder, 'full/supervisord')))
  t.end()
})

test('status and programs', async t => {
  const { supervisor, calls } = createWorld(t, { status: [running], pid: [output('pid')] })
  t.match(await supervisor.status('steady'), { name: 'steady', state: 'RUNNING', pid: 10511 })
  t.equal((await supervisor.programs()).length, 10)
  for (const name of ['nobody', 'all', '-v', 'steady ']) {
    await t.rejects(supervisor.status(name), {
      code: 'PROGRAM_NOT_FOUND',
      message: `The supervisor has no program ${name}; check the names of its [program:…] sections.`,
    })
  }
  t.equal(await supervisor.logs('steady', { lines: 5, stream: 'stdout' }), null)
  t.equal(await supervisor.follow('steady', { stream: 'stdout', signal: new AbortController().signal }), null)
  await t.rejects(supervisor.logs('nobody', { lines: 5, stream: 'stdout' }), { code: 'PROGRAM_NOT_FOUND' })
  const before = calls().length
  await Promise.all(Array.from({ length: 50 }, () => supervisor.status('steady')))
  t.equal(calls().length, before + 1, 'identical reads share one process')
  t.ok(calls().every(call => call === 'ctl status'))
})

test('the pid of a program that is starting', async t => {
  const { supervisor } = createWorld(t, {
    status: [starting], pid: [output('pid'), output('pid-never'), { text: 'not found' }]
  })
  t.match(await supervisor.status('steady'), { state: 'STARTING', pid: 10511 })
  t.match(await supervisor.status('steady'), { state: 'STARTING', pid: null })
  t.match(await supervisor.status('steady'), { state: 'STARTING', pid: null })
})

test('a daemon that is down, in every way that it shows', async t => {
  const ways: CtlAnswers[] = [
    output('status-down'), { exitCode: 1 }, { text: 'garbage \u0000\n' }, { then: 'kill -9 $$' }
  ]
  for (const way of ways) {
    const { supervisor } = createWorld(t, { status: [way] })
    for (const verb of ['status', 'start', 'stop', 'restart'] as const) {
      await t.rejects<unknown>(supervisor[verb]('steady'), { code: 'SUPERVISOR_UNAVAILABLE', message: /check/ })
    }
    await t.rejects(supervisor.programs(), { code: 'SUPERVISOR_UNAVAILABLE' })
  }
  const { supervisor, folder } = createWorld(t, { status: [running] })
  chmodSync(path.join(folder, 'supervisord'), 0o600)
  await t.rejects(supervisor.status('steady'), { code: 'SUPERVISOR_UNAVAILABLE', message: /cannot be run \(EACCES\)/ })
})

test('a hung call is killed with what it has started', async t => {
  const { supervisor, folder } = createWorld(t, { status: [{ then: 'sleep 1000 & echo $! > pid; wait' }] }, 1_000)
  const began = performance.now()
  await t.rejects(supervisor.status('steady'), { code: 'SUPERVISOR_TIMEOUT', message: /did not end within 1000 ms/ })
  t.ok(performance.now() - began < 8_000)
  const pid = Number(readFileSync(path.join(folder, 'answers/status/pid'), 'utf8'))
  await until('the child of the call ends', () => !isAlive(pid))
})

test('a call whose output is held by a process that has left its group', async t => {
  const { supervisor, folder } = createWorld(t, { status: [{ then: 'setsid sleep 1000 & echo $! > pid' }] }, 1_000)
  await t.rejects(supervisor.status('steady'), { code: 'SUPERVISOR_TIMEOUT' })
  process.kill(Number(readFileSync(path.join(folder, 'answers/status/pid'), 'utf8')), 'SIGKILL')
})

test('closing ends what is under way', async t => {
  const { supervisor, folder } = createWorld(t, { status: [{ then: 'echo > begun; exec sleep 1000' }] })
  const asking = t.rejects(supervisor.status('steady'), { code: 'SUPERVISOR_UNAVAILABLE' })
  await until('the call runs', () => {
    try {
      return readFileSync(path.join(folder, 'answers/status/begun'))
    } catch {
      return null
    }
  })
  await supervisor.close()
  await asking
  await t.rejects(supervisor.status('steady'), { code: 'SUPERVISOR_UNAVAILABLE', message: /shutting down/ })
})

test('start', async t => {
  const done = createWorld(t, {
    status: [stopped, starting, running], start: [{ text: 'steady: started\n' }], pid: [output('pid')]
  })
  t.match(await done.supervisor.start('steady'), { outcome: 'done', process: { state: 'RUNNING', pid: 10511 } })
  t.match(await done.supervisor.start('steady'), { outcome: 'unchanged' })
  t.equal(done.calls().filter(call => call === 'ctl start steady').length, 1)
  const lied = createWorld(t, { status: [output('status-running')], start: [output('start-missing')] })
  const newest = createWorld(t, {
    status: [running],
    start: [{ text: 'never: failed [-32500: Application Error: fail to start process never]\n', exitCode: 1 }],
  })
  const [afterLie, afterRefusal] = await Promise.all([
    lied.supervisor.start('missing'), newest.supervisor.start('never')
  ])
  t.match(
    afterLie,
    { outcome: 'failed', process: { state: 'FATAL', description: /ignored the start/ }, log_tail: [] },
    'it says "started" and shows Fatal'
  )
  t.match(afterRefusal, { outcome: 'failed', process: { state: 'STOPPED', description: /never: failed/ } })
  const unborn = createWorld(t, {
    status: [stopped, starting, starting, running], start: [{}], pid: [{ text: '0' }, { text: '7' }]
  })
  t.match(await unborn.supervisor.start('steady'), { outcome: 'done' }, 'no pid at first is no run that has ended')
  const retried = createWorld(t, {
    status: [stopped, starting], start: [{}], pid: [{ text: '7' }, { text: '7' }, { text: '8' }]
  })
  t.match(await retried.supervisor.start('steady'), {
    outcome: 'failed', process: { description: /ended before it was up/ }
  })
})

test('stop', async t => {
  const { supervisor, calls } = createWorld(t, { status: [running, stopped], stop: [{ text: 'steady: stopped\n' }] })
  t.match(await supervisor.stop('steady'), { outcome: 'done', process: { state: 'EXITED' } })
  t.match(await supervisor.stop('steady'), { outcome: 'unchanged', process: { state: 'EXITED' } })
  t.match(await supervisor.stop('never'), { outcome: 'unchanged', process: { state: 'STOPPED', started_at: null } })
  t.strictSame(
    calls().filter(call => call.startsWith('ctl stop')),
    ['ctl stop steady', 'ctl stop steady', 'ctl stop never'],
    'Go may be about to start any of them'
  )
  const now = new Date().toISOString().replace('T', ' ').replace('Z', '')
  const newest = createWorld(t, {
    status: [running, { text: `${'steady'.padEnd(33)}Backoff   ${now} +0000 UTC m=+1\n` }], stop: [{}]
  })
  t.match(await newest.supervisor.stop('steady'), { outcome: 'done', process: { state: 'EXITED' } })
  const hung = createWorld(t, { status: [running], stop: [{ then: 'exec sleep 1000' }] }, 1_000)
  t.match(await hung.supervisor.stop('steady'), { outcome: 'pending' })
  await hung.supervisor.close()
})

test('200 status calls while the daemon is down, then up', async t => {
  const { supervisor } = createWorld(t, { status: [...Array<CtlAnswers>(100).fill(output('status-down')), running] })
  const before = countDescriptors()
  for (let call = 0; call < 100; call++) {
    await t.rejects(supervisor.status('steady'), { code: 'SUPERVISOR_UNAVAILABLE' })
  }
  for (let call = 0; call < 100; call++) t.match(await supervisor.status('steady'), { state: 'RUNNING' })
  t.equal(countDescriptors(), before)
})

test('an error shows what ctl itself has printed, without secrets', async t => {
  const redactor = createRedactor()
  const key = 'ab'.repeat(32)
  redactor.learnKey(key)
  const down = {
    text: '',
    exitCode: 1,
    then: `printf "load \\033[31m/etc/supervisor/supervisord.conf\\033[0m\\nPost http://operator:p4ss@127.0.0.1:9/RPC2: ${key} refused\\n" >&2`,
  }
  const { executable } = createCtlReplay(t, {
    status: [down, output('status-down'), { ...down, then: `yes line | head -c 100000 >&2; ${down.then}` }],
  })
  const supervisor = createCtlSupervisor({
    executable, operationTimeoutMs: 5_000, environment: process.env, redactor, log: silent
  })
  t.teardown(() => supervisor.close())
  const shown =
    /\(it printed "load \/etc\/supervisor\/supervisord\.conf \| Post http:\/\/127\.0\.0\.1:9\/RPC2: \[redacted\] refused"\): check/
  await t.rejects(supervisor.status('steady'), { code: 'SUPERVISOR_UNAVAILABLE', message: shown })
  await t.rejects(supervisor.status('steady'), {
    code: 'SUPERVISOR_UNAVAILABLE', message: /^"supervisord ctl status" lists no program: check/
  })
  const long = await supervisor.status('steady').catch((error: Error) => error.message)
  t.match(long, /\(it printed "….* refused"\)/)
  t.ok(String(long).length < 1_000)
})

test('an order that is refused shows it too', async t => {
  const { supervisor } = createWorld(
    t,
    { status: [stopped], start: [{ exitCode: 1, then: 'echo "connection reset" >&2' }] },
    1_500
  )
  t.match(await supervisor.start('steady'), {
    outcome: 'failed', process: { description: /it printed "connection reset"/ }
  })
})
