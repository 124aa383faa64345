import { test } from 'tap'
import { parsePrograms, parseReading } from '../../../src/supervisor/ctl/output.js'
import type { ProcessInfo } from '../../../src/supervisor/supervisor.js'
import { recorded } from '../recorded/replay.js'
import { cpuMs } from '../../fixtures/cpu-time.js'

const NOW = Date.parse('2026-11-22T19:18:00.000Z')
const LONG = 'a-program-name-that-is-longer-than-thirty-three-characters'

function info (output: string, program: string, stopOrdered = false): ProcessInfo | undefined {
  return parseReading(output, program, { stopOrdered, now: NOW })?.process
}

function line (name: string, state: string, detail: string): string {
  return `\u001b[1;33m${name.padEnd(33)}${state.padEnd(10)}${detail}\u001b[0m\n`
}

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

test('recorded output', t => {
  const output = recorded('go-0.7.3', 'ctl-status-long.txt').toString()
  t.strictSame(parsePrograms(output), [
    'a-name-of-exactly-thirty-three-ch', LONG, 'crash', 'devout', 'member', 'missing', 'never', 'odd.name-1_é+@ü',
    'short', 'steady',
  ])
  t.strictSame(info(output, 'never'), { name: 'never', state: 'STOPPED', ...nothing })
  t.strictSame(info(output, 'a-name-of-exactly-thirty-three-ch'), {
    name: 'a-name-of-exactly-thirty-three-ch', state: 'STOPPED', ...nothing
  })
  t.match(info(output, LONG), {
    state: 'RUNNING', pid: Number, uptime_seconds: 1, started_at: '2026-11-22T19:17:59.000Z'
  })
  t.match(info(output, 'odd.name-1_é+@ü'), { state: 'RUNNING', uptime_seconds: 2, stopped_at: null })
  t.strictSame(info(output, 'crash'), {
    name: 'crash', state: 'FATAL', ...nothing, stopped_at: '2026-11-22T19:17:30.642Z'
  })
  t.strictSame(info(output, 'missing'), { name: 'missing', state: 'FATAL', ...nothing })
  t.match(info(output, 'steady'), { state: 'EXITED', stopped_at: '2026-11-22T19:17:29.966Z' })
  for (const name of ['nobody', 'neve', 'never ', 'never  ', 'a-program-name-that-is-longer-tha', '', 'Running']) {
    if (name.trimEnd() === name) t.equal(info(output, name), undefined, name)
  }
  t.strictSame(info(recorded('go-0.7.3', 'ctl-status-starting.txt').toString(), 'steady'), {
    name: 'steady', state: 'STARTING', ...nothing
  })
  t.equal(info(recorded('go-0.7.3', 'ctl-status-down.txt').toString(), 'steady'), undefined)
  t.end()
})

test('other forms', t => {
  t.match(info(line('x', 'RUNNING', 'pid 7, uptime 2 days, 3:04:05'), 'x'), {
    pid: 7, uptime_seconds: 2 * 86_400 + 3 * 3_600 + 4 * 60 + 5
  })
  t.match(info(line('x', 'Running', 'pid 7, uptime 1 day, 0:00:00'), 'x'), { uptime_seconds: 86_400 })
  t.match(info(line('x', 'Exited', '2026-11-22 20:17:30 +0530 IST'), 'x'), { stopped_at: '2026-11-22T14:47:30.000Z' })
  t.match(info(line('x', 'Unknown', ''), 'x'), { state: 'UNKNOWN' })
  t.match(
    info(line('x', 'Exited', '9999-99-99 20:17:30 +0530 IST'), 'x'),
    { state: 'EXITED', stopped_at: null },
    'no time at all'
  )
  t.match(info(line('x', 'Running', `pid 7, uptime ${'9'.repeat(20)} days, 0:00:00`), 'x'), {
    state: 'RUNNING', uptime_seconds: null
  })
  t.match(info(line('😀', 'Stopped', '').replace(' ', '  '), '😀'), { state: 'STOPPED' }, 'Go pads by characters')
  t.match(info(line('Running', 'Stopped', ''), 'Running'), { state: 'STOPPED' })
  t.strictSame(
    parsePrograms(
      line('Stopped', 'Stopped', '') +
        line('un stopped-1', 'Exited', '2026-11-22 19:17:59.5 +0000 UTC') +
        line('', 'Stopped', '')
    ),
    ['Stopped', 'un stopped-1']
  )
  t.strictSame(parsePrograms('time="x" level=info msg="load"\nnonsense\n\n' + line('x', 'Stopped', '')), ['x'])
  t.equal(info(line('x', 'Broken', ''), 'x'), undefined)
  t.end()
})

test('a megabyte of anything is read in no time', t => {
  const name = 'x'.padEnd(33)
  for (const part of [
    ' ', '\t', 'x ', 'Running', 'Running ', 'Running pid 1, uptime ', '2026-11-22 ', '1', '\u001b[', '\u001b[1;'
  ]) {
    const garbage = part.repeat(2 ** 20 / part.length)
    const before = cpuMs()
    t.strictSame(parsePrograms(`y${garbage}\u2028y`), part.includes('pid') ? ['y'] : [], part)
    t.equal(info(`${name}${garbage}y`, 'x')?.pid ?? null, null)
    t.equal(info(`${name}Exited${garbage}\u2028y`, 'x')?.stopped_at ?? null, null)
    t.ok(cpuMs() - before < 2_000)
  }
  t.end()
})

test('BACKOFF, which the newest Go shows after every stop', t => {
  const recently = line('x', 'Backoff', '2026-11-22 19:17:59.5 +0000 UTC m=+3.9')
  t.match(info(recently, 'x'), { state: 'BACKOFF', stopped_at: '2026-11-22T19:17:59.500Z' })
  t.match(info(recently, 'x', true), { state: 'EXITED' })
  t.match(info(line('x', 'Backoff', '2026-11-22 19:17:29.966326478 +0000 UTC m=+3.3'), 'x'), { state: 'EXITED' })
  t.match(info(line('x', 'Backoff', '1970-01-01 00:00:00 +0000 UTC'), 'x'), { state: 'EXITED', stopped_at: null })
  t.end()
})
