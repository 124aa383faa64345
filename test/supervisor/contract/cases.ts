import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type Test, test } from 'tap'
import { createCtlSupervisor } from '../../../src/supervisor/ctl.js'
import type { ProcessInfo, Supervisor } from '../../../src/supervisor/supervisor.js'
import { createXmlRpcSupervisor } from '../../../src/supervisor/xml-rpc.js'
import { silent } from '../recorded/replay.js'
import { isAlive, pidsOfCommand, pidsWithEnvironment, until } from '../real/processes.js'
import { type Daemon, skipWithout, startDaemon, type SupervisorName } from '../real/daemon.js'

/**
 * Start/stop cycles of a row: few by default, because Go's supervisord makes many of them wait 5 s. For the full number,
 * SUPERVISOR_CYCLES=200 npx tap --timeout=1800 test/supervisor/contract
 */
const CYCLES = Number(process.env.SUPERVISOR_CYCLES ?? 8)
const CYCLERS = 4
const LIFETIMES = [0.2, 0.5, 2, 3]

type Driver = 'ctl' | 'XML-RPC'

/** What is driven how: one row of the contract. */
export interface Row { driver: Driver, name: SupervisorName, transport: 'http' | 'unix' }

const ODD_NAMES = ['odd.name-1_é+@ü', 'a-name-of-exactly-thirty-three-ch', 'a-name-that-is-longer-than-thirty-three-characters', 'Running', 'odd']

interface World { t: Test, row: Row, daemon: Daemon, supervisor: Supervisor }

/** One section of the configuration; every program is started by hand, with one attempt unless said otherwise. */
function program (name: string, command: string, options = ''): string {
  return `[program:${name}]\ncommand=${command}\nautostart=false\nautorestart=false\nstartsecs=1\nstartretries=1\nstopsignal=TERM\nstopwaitsecs=3\n${options}\n`
}

function programs (folder: string): string {
  const immune = '/bin/sh -c "trap \'\' TERM; while :; do sleep 0.1; done"'
  const parent = '/bin/sh -c "sleep 1000 & sleep 1000"'
  return [
    ...ODD_NAMES.map(name => program(name, '/bin/sleep 1000')),
    ...['never', 'steady', 'restarted', 'crowded', 'down', 'up', 'shared'].map(name => program(name, '/bin/sleep 1000')),
    program('missing', '/nonexistent/prover'),
    program('exits-at-0', '/bin/sh -c "echo last words; exit 3"', `stdout_logfile=${folder}/exits-at-0.log`),
    program('exits-at-0.5', '/bin/sh -c "sleep 0.5; exit 4"'),
    program('exits-at-2', '/bin/sh -c "sleep 2; exit 0"'),
    program('crash-loop', '/bin/sh -c "sleep 0.3; exit 5"', 'autorestart=true\nstartretries=3'),
    program('immune', immune),
    program('immune-long', immune, 'stopwaitsecs=60'),
    program('parent', parent),
    program('group-parent', parent, 'stopasgroup=true\nkillasgroup=true'),
    program('trapped', '/bin/sleep 1000', 'stopwaitsecs=1'),
    program('slow-start', '/bin/sleep 1000', 'startsecs=60'),
    program('speaker', `/bin/sh ${folder}/speaker.sh`, `stdout_logfile=${folder}/speaker.log\nstderr_logfile=${folder}/speaker.err`),
    program('unheard', '/bin/sleep 1000', 'stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0'),
    ...Array.from({ length: CYCLERS }, (_, index) => program(`cycler-${index}`, `/bin/sh ${folder}/cycler.sh ${index}`, 'stopwaitsecs=1\nstopasgroup=true\nkillasgroup=true')),
  ].join('')
}

const CYCLER = `#!/bin/sh
trap 'exit 0' TERM
lifetime=$(cat "$(dirname "$0")/lifetime-$1")
echo "$$ $lifetime" >> "$(dirname "$0")/runs-$1"
sleep "$lifetime" & wait
`

const SPEAKER = `#!/bin/sh
i=0
while [ $i -lt 3000 ]; do i=$((i+1)); echo "line $i grüße"; done
printf '\\033[31mred\\033[0m \\007bell\\n'
echo "on stderr" >&2
while [ ! -e "$(dirname "$0")/speak" ]; do sleep 0.1; done
echo "later 1"; echo "later 2"
exec sleep 1000
`

function createDriver (row: Row, daemon: Daemon, operationTimeoutMs = 9_000): Supervisor {
  return row.driver === 'ctl'
    ? createCtlSupervisor({ executable: daemon.executable, operationTimeoutMs, log: silent })
    : createXmlRpcSupervisor({ url: daemon.url, operationTimeoutMs, log: silent })
}

async function createWorld (t: Test, row: Row): Promise<World> {
  const daemon = await startDaemon(t, { name: row.name, transport: row.transport, programs })
  writeFileSync(`${daemon.folder}/cycler.sh`, CYCLER)
  writeFileSync(`${daemon.folder}/speaker.sh`, SPEAKER)
  const supervisor = createDriver(row, daemon)
  t.teardown(() => supervisor.close())
  return { t, row, daemon, supervisor }
}

function hasCode (t: Test, code: string, action: Promise<unknown>): Promise<unknown> {
  return t.rejects(action, { name: 'CodedError', code })
}

function isDown (info: ProcessInfo): boolean {
  return info.state === 'STOPPED' || info.state === 'EXITED' || info.state === 'FATAL'
}

/** What the API calls "has been stopped", and not "hasn't been started yet". */
function hasBeenStopped (info: ProcessInfo): boolean {
  return info.state === 'EXITED' || (info.state === 'STOPPED' && info.started_at !== null)
}

async function neverStarted ({ t, supervisor }: World): Promise<void> {
  const info = await supervisor.status('never')
  t.match(info, { name: 'never', state: 'STOPPED', pid: null, uptime_seconds: null, started_at: null, exit_code: null })
  t.match(await supervisor.stop('never'), { outcome: 'unchanged', process: { state: 'STOPPED', started_at: null } })
  t.ok((await supervisor.programs()).includes('never'))
}

async function startsAndStops ({ t, supervisor }: World): Promise<void> {
  const started = await supervisor.start('steady')
  t.match(started, { outcome: 'done', process: { state: 'RUNNING', exit_code: null, description: null } })
  const pid = Number(started.process.pid)
  t.ok(isAlive(pid))
  const info = await supervisor.status('steady')
  t.match(info, { state: 'RUNNING', pid })
  t.ok(Math.abs(Date.parse(String(info.started_at)) - Date.now()) < 5_000)
  t.ok(info.uptime_seconds !== null && info.uptime_seconds < 5)
  t.match(await supervisor.start('steady'), { outcome: 'unchanged', process: { pid } })
  const stopped = await supervisor.stop('steady')
  t.equal(stopped.outcome, 'done')
  t.ok(hasBeenStopped(stopped.process))
  t.notOk(isAlive(pid))
  const again = await supervisor.stop('steady')
  t.equal(again.outcome, 'unchanged')
  t.ok(hasBeenStopped(again.process))
  await delay(2_500)
  t.ok(hasBeenStopped(await supervisor.status('steady')), 'the state stays the same')
}

async function restarts ({ t, supervisor }: World): Promise<void> {
  const first = await supervisor.restart('restarted')
  t.equal(first.outcome, 'done', 'a restart starts what does not run')
  await until('2 s of uptime', async () => Number((await supervisor.status('restarted')).uptime_seconds) >= 2)
  const second = await supervisor.restart('restarted')
  t.equal(second.outcome, 'done')
  t.not(second.process.pid, first.process.pid)
  t.notOk(isAlive(Number(first.process.pid)))
  t.ok(isAlive(Number(second.process.pid)))
}

async function unknownProgram ({ t, supervisor }: World): Promise<void> {
  for (const name of ['nobody', 'all', '-x', '', 'ste', 'steady ', 'steady:*']) {
    await hasCode(t, 'PROGRAM_NOT_FOUND', supervisor.status(name))
    await hasCode(t, 'PROGRAM_NOT_FOUND', supervisor.stop(name))
  }
  await hasCode(t, 'PROGRAM_NOT_FOUND', supervisor.start('nobody'))
  await hasCode(t, 'PROGRAM_NOT_FOUND', supervisor.restart('nobody'))
  await hasCode(t, 'PROGRAM_NOT_FOUND', supervisor.logs('nobody', { lines: 5, stream: 'stdout' }))
  await hasCode(t, 'PROGRAM_NOT_FOUND', supervisor.follow('nobody', { stream: 'stdout', signal: new AbortController().signal }))
}

async function missingBinary ({ t, supervisor }: World): Promise<void> {
  for (const attempt of [1, 2]) {
    const result = await supervisor.start('missing')
    t.match(result, { outcome: 'failed', process: { pid: null, exit_code: null } }, `attempt ${attempt}`)
    t.ok(isDown(result.process))
  }
}

async function exitsAtOnce ({ t, row, supervisor }: World): Promise<void> {
  const result = await supervisor.start('exits-at-0')
  t.match(result, { outcome: 'failed', log_tail: row.driver === 'ctl' ? [] : ['last words'] })
  await until('the attempts end', async () => isDown(await supervisor.status('exits-at-0')))
}

async function exitsHalfway ({ t, supervisor }: World): Promise<void> {
  t.equal((await supervisor.start('exits-at-0.5')).outcome, 'failed')
}

async function exitsLater ({ t, row, supervisor }: World): Promise<void> {
  t.match(await supervisor.start('exits-at-2'), { outcome: 'done', process: { state: 'RUNNING' } })
  const info = await until('it exits', async () => {
    const now = await supervisor.status('exits-at-2')
    return now.state === 'RUNNING' ? null : now
  })
  t.match(info, { state: 'EXITED', pid: null, exit_code: row.driver === 'ctl' ? null : 0, exit_signal: null })
  t.ok(Math.abs(Date.parse(String(info.stopped_at)) - Date.now()) < 3_000)
  t.equal((await supervisor.stop('exits-at-2')).outcome, 'unchanged')
}

async function crashLoop ({ t, daemon, supervisor }: World): Promise<void> {
  t.equal((await supervisor.start('crash-loop')).outcome, 'failed')
  t.match(await supervisor.stop('crash-loop'), { outcome: /done|unchanged/ })
  await delay(6_000)
  t.strictSame(pidsOfCommand(pidsWithEnvironment(daemon.marker), 'exit 5'), [], 'a stop ends the attempts')
}

async function ignoresTerm ({ t, supervisor }: World): Promise<void> {
  const { process } = await supervisor.start('immune')
  const stopping = supervisor.stop('immune')
  await delay(300)
  const asked = performance.now()
  await supervisor.status('immune')
  t.ok(performance.now() - asked < 1_000, 'a status read does not wait for the stop')
  t.equal((await stopping).outcome, 'done')
  t.notOk(isAlive(Number(process.pid)))
}

async function stopTakesLong ({ t, row, daemon }: World): Promise<void> {
  const hasty = createDriver(row, daemon, 4_000)
  const { process } = await hasty.start('immune-long')
  const began = performance.now()
  t.match(await hasty.stop('immune-long'), { outcome: 'pending', process: { name: 'immune-long' } })
  t.ok(performance.now() - began < 4_500)
  t.ok(isAlive(Number(process.pid)))
  await hasty.close()
}

async function startTakesLong ({ t, row, daemon }: World): Promise<void> {
  const hasty = createDriver(row, daemon, 2_000)
  const began = performance.now()
  t.match(await hasty.start('slow-start'), { outcome: 'pending', process: { state: 'STARTING', pid: Number } })
  t.ok(performance.now() - began < 2_500)
  await hasty.close()
}

async function leavesChildren ({ t, row, daemon }: World): Promise<void> {
  const hasty = createDriver(row, daemon, 6_000)
  const { process: started } = await hasty.start('parent')
  const leader = Number(started.pid)
  for (const attempt of [1, 2]) {
    const result = await hasty.stop('parent')
    t.match(result, { outcome: 'failed', process: { description: /still there.*stopasgroup/ } }, `attempt ${attempt}`)
    t.notOk(isAlive(leader))
    const pids = /pid ([\d, ]+)/.exec(String(result.process.description))?.[1]?.split(', ').map(Number) ?? []
    t.ok(pids.length > 0 && pids.every(isAlive), 'the processes that it names are there')
    if (attempt === 2) for (const pid of pids) process.kill(pid, 'SIGKILL')
  }
  t.ok(pidsWithEnvironment(daemon.marker).length > 0)
  t.match(await hasty.stop('parent'), { outcome: /done|unchanged/ }, 'nothing is left')
  await hasty.close()
}

async function stopsChildren ({ t, daemon, supervisor }: World): Promise<void> {
  const { process } = await supervisor.start('group-parent')
  const family = pidsWithEnvironment(daemon.marker).filter(pid => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[4] === String(process.pid))
  t.ok(family.length >= 2)
  t.equal((await supervisor.stop('group-parent')).outcome, 'done')
  t.notOk(family.some(isAlive))
}

async function oddNames ({ t, supervisor }: World): Promise<void> {
  const results = await Promise.all(ODD_NAMES.map(name => supervisor.start(name)))
  t.strictSame(results.map(result => result.outcome), ODD_NAMES.map(() => 'done'))
  t.equal(new Set(results.map(result => result.process.pid)).size, ODD_NAMES.length)
  t.strictSame((await supervisor.programs()).filter(name => ODD_NAMES.includes(name)).sort(), [...ODD_NAMES].sort())
  for (const name of ODD_NAMES) t.match(await supervisor.status(name), { name, state: 'RUNNING' })
}

async function startWithinGoTrap ({ t, supervisor }: World): Promise<void> {
  const first = await supervisor.start('trapped')
  t.equal((await supervisor.stop('trapped')).outcome, 'done')
  const second = await supervisor.start('trapped')
  t.equal(second.outcome, 'done')
  t.not(second.process.pid, first.process.pid)
  t.ok(isAlive(Number(second.process.pid)))
}

async function crowd ({ t, daemon, supervisor }: World): Promise<void> {
  const results = await Promise.all(Array.from({ length: 20 }, () => supervisor.start('crowded')))
  t.equal(results.filter(result => result.outcome === 'done').length, 1)
  t.equal(results.filter(result => result.outcome === 'unchanged').length, 19)
  t.equal(new Set(results.map(result => result.process.pid)).size, 1)
  const shared = await Promise.all(Array.from({ length: 200 }, () => supervisor.status('crowded')))
  t.ok(shared.every(info => info.pid === results[0]?.process.pid))
  t.ok(daemon.pid > 0)
}

async function readsLogs ({ t, row, daemon, supervisor }: World): Promise<void> {
  if (row.driver === 'ctl') {
    t.equal(await supervisor.logs('speaker', { lines: 5, stream: 'stdout' }), null)
    t.equal(await supervisor.follow('speaker', { stream: 'stdout', signal: new AbortController().signal }), null)
    return
  }
  t.strictSame(await supervisor.logs('speaker', { lines: 5, stream: 'stdout' }), [], 'it never ran')
  const leaving = new AbortController()
  const lines = await supervisor.follow('speaker', { stream: 'stdout', signal: leaving.signal })
  const heard: string[] = []
  const listening = (async () => {
    for await (const line of lines ?? []) {
      heard.push(line)
      if (line === 'later 2') leaving.abort()
    }
  })()
  await supervisor.start('speaker')
  t.strictSame(await supervisor.logs('speaker', { lines: 3, stream: 'stdout' }), ['line 2999 grüße', 'line 3000 grüße', 'red bell'])
  t.equal((await supervisor.logs('speaker', { lines: 1000, stream: 'stdout' }))?.length, 1000)
  t.strictSame(await supervisor.logs('speaker', { lines: 1000, stream: 'stderr' }), ['on stderr'])
  writeFileSync(`${daemon.folder}/speak`, '')
  await listening
  t.equal(heard.length, 3003, 'every line came')
  t.strictSame(heard.slice(-3), ['red bell', 'later 1', 'later 2'])
  await supervisor.start('unheard')
  t.equal(await supervisor.logs('unheard', { lines: 5, stream: 'stdout' }), null)
  t.equal(await supervisor.follow('unheard', { stream: 'stdout', signal: leaving.signal }), null)
}

/** Start and stop of programs that live 0.2 to 3 s, each answer compared with the process table. */
async function cycles ({ t, daemon, supervisor }: World): Promise<void> {
  async function cycle (name: string, index: number, count: number): Promise<void> {
    for (let turn = 0; turn < count; turn++) {
      const lifetime = LIFETIMES[(turn + index) % LIFETIMES.length] ?? 0
      writeFileSync(`${daemon.folder}/lifetime-${index}`, String(lifetime))
      const started = await supervisor.start(name)
      const alive = (): number[] => pidsOfCommand(pidsWithEnvironment(daemon.marker), `cycler.sh ${index}`)
      t.equal(started.outcome, lifetime < 1 ? 'failed' : 'done', `${name} lives ${lifetime} s`)
      if (started.outcome === 'done') t.strictSame(alive(), [started.process.pid])
      t.match(await supervisor.stop(name), { outcome: /done|unchanged/ })
      t.strictSame(alive(), [], `nothing of ${name} is left`)
    }
  }
  await Promise.all(Array.from({ length: CYCLERS }, (_, index) => cycle(`cycler-${index}`, index, Math.ceil(CYCLES / CYCLERS))))
}

async function daemonTrouble (world: World): Promise<void> {
  const { t, row, daemon, supervisor } = world
  await supervisor.start('down')
  daemon.signal('SIGSTOP')
  const asked = performance.now()
  await hasCode(t, 'SUPERVISOR_TIMEOUT', supervisor.status('down'))
  t.ok(performance.now() - asked < 3_500)
  await hasCode(t, 'SUPERVISOR_TIMEOUT', supervisor.stop('down'))
  daemon.signal('SIGCONT')
  t.match(await supervisor.status('down'), { state: 'RUNNING' }, 'it answers again')
  const interrupted = hasCode(t, 'SUPERVISOR_UNAVAILABLE', supervisor.start('slow-start'))
  await delay(400)
  await daemon.kill()
  await interrupted
  for (const verb of ['status', 'start', 'stop', 'restart'] as const) await hasCode(t, 'SUPERVISOR_UNAVAILABLE', supervisor[verb]('down'))
  await hasCode(t, 'SUPERVISOR_UNAVAILABLE', supervisor.programs())
  const { message } = await supervisor.status('down').catch((error: Error) => error) as Error
  t.notMatch(message, /operator|p@ss|p%40/, 'no user, no password')
  await daemon.start()
  t.match(await supervisor.status('up'), { state: 'STOPPED', started_at: null }, 'a new daemon knows nothing of the old one')
  t.equal((await supervisor.start('up')).outcome, 'done')
  if (row.driver === 'XML-RPC') {
    const stranger = createXmlRpcSupervisor({ url: daemon.url.replace('p%40ss', 'wrong'), operationTimeoutMs: 2_000, log: silent })
    await t.rejects(stranger.status('up'), { code: 'SUPERVISOR_UNAVAILABLE', message: /user and password/ })
    await stranger.close()
  }
}

const CASES: Record<string, (world: World) => Promise<void>> = {
  'never started': neverStarted,
  'starts and stops': startsAndStops,
  restarts,
  'unknown program': unknownProgram,
  'missing binary': missingBinary,
  'exits at 0 s': exitsAtOnce,
  'exits at 0.5 s': exitsHalfway,
  'exits at 2 s': exitsLater,
  'crash loop': crashLoop,
  'ignores TERM': ignoresTerm,
  'a stop that outlasts the timeout': stopTakesLong,
  'a start that outlasts the timeout': startTakesLong,
  'children that survive the stop': leavesChildren,
  'children that are stopped with their parent': stopsChildren,
  'odd names': oddNames,
  'a start within 5 s of a short run': startWithinGoTrap,
  'many callers at once': crowd,
  logs: readsLogs,
  'start/stop cycles': cycles,
}

/** At once, each driver polls; more cases at a time would only measure how slow the machine gets. */
const CASES_AT_ONCE = 7

/** The same cases against every driver and real supervisor. */
export function testContract (row: Row): void {
  test(`${row.driver} + ${row.name}`, { skip: skipWithout(row.name), jobs: CASES_AT_ONCE, timeout: 60_000 + CYCLES * 8_000 }, async t => {
    const world = await createWorld(t, row)
    await Promise.all(Object.entries(CASES).map(([name, run]) => t.test(name, { buffered: true }, child => run({ ...world, t: child }))))
  })
  test(`${row.driver} + ${row.name}: daemon trouble`, { skip: skipWithout(row.name) }, async t => {
    await daemonTrouble(await createWorld(t, row))
  })
}
