import { test } from 'tap'
import { decodeAnswer } from '../../../src/supervisor/xml-rpc/codec.js'
import {
  keepsLog, type ProcessStruct, programName, toProcessStruct, toProcessStructs, toReading
} from '../../../src/supervisor/xml-rpc/process.js'
import { type Recorded, recorded } from '../recorded/replay.js'

function struct (from: Recorded, file: string, changes: Partial<ProcessStruct> = {}): ProcessStruct {
  return { ...toProcessStruct(decodeAnswer(recorded(from, `${file}.xml`))[0]), ...changes }
}

function info (given: ProcessStruct, stopOrdered = false) {
  return toReading('x', given, { stopOrdered }).process
}

test('the same truth from both', t => {
  const nothing = {
    pid: null,
    uptime_seconds: null,
    started_at: null,
    stopped_at: null,
    exit_code: null,
    exit_signal: null,
    restarts: null,
    description: null,
  }
  for (const from of ['go-0.7.3', 'python-4.2.5'] as const) {
    t.strictSame(info(struct(from, 'info-never')), { name: 'x', state: 'STOPPED', ...nothing })
    const starting = struct(from, 'info-starting')
    t.strictSame(info(starting), {
      name: 'x',
      state: 'STARTING',
      ...nothing,
      pid: starting.pid,
      started_at: new Date(starting.start * 1000).toISOString(),
    })
    const running = struct(from, 'info-running')
    t.strictSame(info(running), {
      name: 'x',
      state: 'RUNNING',
      ...nothing,
      pid: running.pid,
      uptime_seconds: running.now - running.start,
      started_at: new Date(running.start * 1000).toISOString(),
    })
    const stopped = struct(from, 'info-stopped')
    t.match(info(stopped), {
      state: from === 'go-0.7.3' ? 'EXITED' : 'STOPPED',
      exit_code: null,
      started_at: String,
      stopped_at: new Date(stopped.stop * 1000).toISOString(),
    })
    t.match(info(struct(from, 'info-exited')), { state: 'EXITED', pid: null, exit_code: 0 })
    t.match(info(struct(from, 'info-crash2')), {
      state: 'FATAL', exit_code: null, description: from === 'go-0.7.3' ? null : /too quickly/
    })
  }
  t.match(info(struct('go-0.7.3', 'info-missing')), { state: 'FATAL', started_at: String, stopped_at: null })
  t.end()
})

test('exit codes', t => {
  const go = struct('go-0.7.3', 'info-exited')
  t.equal(info({ ...go, exitstatus: 7 }).exit_code, 7)
  t.equal(info({ ...go, state: 30, exitstatus: 7 }).exit_code, 7)
  t.equal(info({ ...go, exitstatus: -1 }).exit_code, null, 'a signal that nobody names')
  const python = struct('python-4.2.5', 'info-exited')
  t.equal(info({ ...python, exitstatus: 7 }).exit_code, 7)
  t.equal(info({ ...python, exitstatus: 7, spawnerr: 'Bad exit code 7' }).exit_code, 7, 'an end that was not expected')
  for (const state of [0, 30, 200]) {
    const struct = { ...python, state, exitstatus: 0, spawnerr: 'Exited too quickly (process log may have details)' }
    t.equal(info(struct).exit_code, null, `a run that was too short is told without its code in state ${state}`)
  }
  t.equal(info({ ...python, state: 0, exitstatus: 3 }).exit_code, 3, 'a stop')
  t.equal(info({ ...python, state: 20, exitstatus: 3, pid: 5 }).exit_code, null, 'it runs again')
  t.end()
})

test('BACKOFF means another thing to Go after a stop', t => {
  const python = struct('python-4.2.5', 'info-exited', { state: 30, statename: 'BACKOFF' })
  t.equal(info(python, true).state, 'BACKOFF')
  const go = struct('go-0.7.3', 'info-exited', { state: 30, statename: 'Backoff' })
  t.equal(info({ ...go, now: go.stop + 1 }).state, 'BACKOFF', 'it retries')
  t.equal(info({ ...go, now: go.stop + 1 }, true).state, 'EXITED', 'it was stopped by this driver')
  t.equal(info({ ...go, now: go.stop + 60 }).state, 'EXITED', 'it was stopped by somebody else')
  t.equal(info({ ...go, state: 200, statename: 'Fatal' }).state, 'FATAL', 'it has failed')
  for (const [state, statename] of [[0, 'Stopped'], [100, 'Exited'], [30, 'Backoff']] as const) {
    t.equal(
      info({ ...go, state, statename, start: go.stop + 1 }).state,
      'STARTING',
      `a run has begun, and ${statename} is that of the one before`
    )
  }
  t.equal(info({ ...python, state: 0, statename: 'STOPPED', start: python.stop + 1 }).state, 'STOPPED')
  t.equal(info({ ...go, state: 0, statename: 'Stopped', start: 0, stop: -1 }).state, 'STOPPED', 'it has never run')
  t.equal(info({ ...go, state: 200, statename: 'Fatal' }, true).state, 'EXITED', 'since v0.7.4 this comes after a stop')
  t.equal(info({ ...python, state: 200, statename: 'FATAL' }, true).state, 'FATAL')
  t.equal(info({ ...go, state: 7 }).state, 'UNKNOWN')
  t.equal(
    info({ ...go, state: 20, statename: 'Running', pid: 0, start: go.now + 5 }).uptime_seconds,
    0,
    'the clock was set back'
  )
  t.end()
})

test('names and logs', t => {
  const member = struct('go-0.7.3', 'member')
  t.equal(programName(member), 'member', 'Go finds it by its name alone')
  t.equal(programName({ ...member, statename: 'STOPPED' }), 'team:member')
  t.equal(programName(struct('python-4.2.5', 'info-never')), 'never')
  t.ok(keepsLog(struct('go-0.7.3', 'info-running'), 'stdout'))
  t.ok(keepsLog(struct('go-0.7.3', 'info-running'), 'stderr'))
  t.notOk(keepsLog(member, 'stdout'))
  t.notOk(keepsLog(struct('python-4.2.5', 'info-devout'), 'stdout'))
  t.end()
})

test('an answer of another kind is an error that says what is missing', t => {
  t.throws(() => toProcessStruct(undefined), { message: /no process info/ })
  t.throws(() => toProcessStruct(null), { message: /no process info/ })
  t.throws(() => toProcessStruct([]), { message: /no process info/ })
  t.throws(() => toProcessStruct({}), { message: 'the process info has no name' })
  const { pid, ...others } = struct('go-0.7.3', 'info-never')
  t.throws(() => toProcessStruct(others), { message: 'the process info has no pid' }, String(pid))
  for (const start of [8.65e12, -8.65e12, NaN, Infinity]) {
    t.throws(() => toProcessStruct({ ...others, pid, start }), { message: 'the process info has no start' })
  }
  t.throws(() => toProcessStructs('x'), { message: /no list/ })
  t.end()
})
