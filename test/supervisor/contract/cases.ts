import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type Test, test } from 'tap'
import type { ProcessInfo } from '../../../src/supervisor/supervisor.js'
import { count } from '../../count.js'
import { linesOf } from '../../fixtures/log-lines.js'
import { skipWithout } from '../real/daemon.js'
import { isAlive, pidsOfCommand, pidsOfGroup, pidsWithEnvironment, until } from '../real/processes.js'
import { daemonTrouble } from './daemon-trouble.js'
import { CYCLERS, ODD_NAMES, openWorld, QUICK, type Row, type World } from './world.js'

/**
 * Start/stop cycles of a row. There are few by default, because Go's supervisord makes many of them wait 5 s. For the
 * full number, run SUPERVISOR_CYCLES=200 npm run test:full -- supervisors --timeout=1800
 */
const CYCLES = count('SUPERVISOR_CYCLES', 4)
/** Restarts of a program that ends at once. SUPERVISOR_RESTARTS=130 is the full number. */
const RESTARTS = count('SUPERVISOR_RESTARTS', 3)
/** Operation timeout of cases that check the answer, not its time on a busy machine. */
const PATIENT_MS = 40_000
/** Seconds. On a busy machine a start takes some, and the test sees the last program alive. */
const LIFETIMES = [0.2, 0.5, 8, 60]

function hasCode (t: Test, code: string, action: Promise<unknown>): Promise<unknown> {
  return t.rejects(action, { name: 'CodedError', code })
}

function isDown (info: ProcessInfo): boolean {
  return info.state === 'STOPPED' || info.state === 'EXITED' || info.state === 'FATAL'
}

/** The state that the API calls "has been stopped", and not "hasn't been started yet". */
function hasBeenStopped (info: ProcessInfo): boolean {
  return info.state === 'EXITED' || (info.state === 'STOPPED' && info.started_at !== null)
}

/**
 * The habits of v0.7.4 and later. Any run ends in BACKOFF, then FATAL. The end of one program makes a pending stop of
 * another kill at once, because signals.Kill waits for any SIGCHLD.
 */
function isNewGo (row: Row): boolean {
  return row.driver !== 'embedded' && ['go-0.7.4', 'go-head', 'stand-in'].includes(row.name)
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
  await hasCode(
    t,
    'PROGRAM_NOT_FOUND',
    supervisor.follow('nobody', { stream: 'stdout', signal: new AbortController().signal })
  )
}

async function missingBinary ({ t, supervisor }: World): Promise<void> {
  for (const attempt of [1, 2]) {
    const result = await supervisor.start('missing')
    t.match(result, { outcome: 'failed', process: { pid: null, exit_code: null } }, `attempt ${attempt}`)
    t.ok(isDown(result.process) || result.process.state === 'BACKOFF')
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

async function exitsLater ({ t, row, folder, supervisor }: World): Promise<void> {
  t.match(await supervisor.start('exits-when-told'), { outcome: 'done', process: { state: 'RUNNING' } })
  const told = Date.now()
  writeFileSync(`${folder}/exit`, '')
  const info = await until('it exits', async () => {
    const now = await supervisor.status('exits-when-told')
    return now.state === 'RUNNING' ? null : now
  })
  const expected = { state: 'EXITED', exit_code: row.driver === 'ctl' ? null : 3 }
  t.match(info, {
    ...(isNewGo(row) ? { state: /STOPPED|EXITED|FATAL/, exit_code: null } : expected), pid: null, exit_signal: null
  })
  // Supervisors tell whole seconds, and look for ended processes once a second.
  const stopped = Date.parse(String(info.stopped_at))
  t.ok((isNewGo(row) && info.stopped_at === null) || (stopped >= told - 1000 && stopped <= Date.now() + 1000))
  t.equal((await supervisor.stop('exits-when-told')).outcome, 'unchanged')
}

async function crashLoop ({ t, marker, supervisor }: World): Promise<void> {
  t.equal((await supervisor.start('crash-loop')).outcome, 'failed')
  t.match(await supervisor.stop('crash-loop'), { outcome: /done|unchanged/ })
  await delay(6_000)
  t.strictSame(pidsOfCommand(pidsWithEnvironment(marker), 'exit 5'), [], 'a stop ends the attempts')
}

/** The program ends as soon as it is started, so another run may come at any moment. */
async function storm ({ t, folder, supervisor }: World): Promise<void> {
  const runs = (): number => readFileSync(`${folder}/storm-runs`, 'utf8').split('\n').length
  await supervisor.start('storm')
  t.match(await supervisor.stop('storm'), { outcome: /done|unchanged/ })
  const atStop = runs()
  await delay(7_000)
  t.equal(runs(), atStop, 'no run begins after the stop')
  t.match(await supervisor.status('storm'), { pid: null })
}

/** The next run begins after a pause, and lives. A stop in that pause has not reached it. */
async function stopAmidPause ({ t, marker, connect }: World): Promise<void> {
  const supervisor = await connect(PATIENT_MS)
  t.equal((await supervisor.start('pauser')).outcome, 'failed')
  t.match(await supervisor.stop('pauser'), { outcome: /done|unchanged/ })
  const runs = (): number[] => pidsOfCommand(pidsWithEnvironment(marker), 'sleep 2000')
  t.strictSame(runs(), [])
  await delay(4_000)
  t.strictSame(runs(), [], 'no run begins after the stop')
  await supervisor.close()
}

async function countsAttempts ({ t, folder, supervisor }: World): Promise<void> {
  for (const attempt of [1, 2, 3]) {
    t.equal((await supervisor.start('counted')).outcome, 'failed')
    await until('the attempts end', async () => isDown(await supervisor.status('counted')))
    t.equal(
      readFileSync(`${folder}/counted-runs`, 'utf8'),
      'run\n'.repeat(attempt),
      'startretries=0 is one run for each start'
    )
  }
}

async function twoRestarts ({ t, connect }: World): Promise<void> {
  const supervisor = await connect(PATIENT_MS)
  const first = await supervisor.start('twice')
  await until('2 s of uptime', async () => Number((await supervisor.status('twice')).uptime_seconds) >= 2)
  const restarted = await Promise.all([supervisor.restart('twice'), supervisor.restart('twice')])
  for (const { outcome } of restarted) t.match(outcome, /done|joined/)
  const pids = new Set([first, ...restarted].map(({ process }) => process.pid))
  const { pid } = await supervisor.status('twice')
  t.strictSame([...pids].filter(pid => isAlive(Number(pid))), [pid], 'the newest of them is the only one')
  t.not(pid, first.process.pid)
  await supervisor.close()
}

/** Looks at each restart for longer than stopwaitsecs, because an earlier stop may still kill the new process. */
async function quickRestarts ({ t, connect }: World): Promise<void> {
  const supervisor = await connect(PATIENT_MS)
  const each = Math.ceil(RESTARTS / QUICK)
  async function restartAgain (name: string): Promise<void> {
    let { pid } = (await supervisor.start(name)).process
    for (let turn = 0; turn < each; turn++) {
      await delay(2_200)
      t.ok(isAlive(Number(pid)), `${name} ${turn}: process ${pid} lives on`)
      const { outcome, process } = await supervisor.restart(name)
      t.equal(outcome, 'done', `${name} ${turn}: ${process.state} ${process.description}`)
      t.not(process.pid, pid)
      t.notOk(isAlive(Number(pid)))
      pid = process.pid
    }
    await delay(2_200)
    t.ok(isAlive(Number(pid)), `${name}: process ${pid} lives on`)
  }
  const programs = Math.min(QUICK, RESTARTS)
  await Promise.all(Array.from({ length: programs }, (_, index) => restartAgain(`quick-${index}`)))
  await supervisor.close()
}

/** It begins another session. Its parent has ended before anybody could see it. */
async function forksDaemon ({ t, row, marker, connect }: World, name: string): Promise<void> {
  const hasty = await connect(8_000)
  const { process: started } = await hasty.start(name)
  const leader = Number(started.pid)
  if (row.driver === 'embedded') {
    t.equal((await hasty.stop(name)).outcome, 'done', 'it ends the daemon too')
    return hasty.close()
  }
  const stopped = await hasty.stop(name)
  t.match(stopped, { outcome: 'failed', process: { description: /still there \(pid \d+\)/ } })
  const pids = stopped.outcome === 'failed' ? stopped.pids ?? [] : []
  t.notOk(isAlive(leader))
  t.equal(pids.length, 1)
  t.strictSame(
    pidsOfCommand(pidsWithEnvironment(marker), 'sleep 1000').filter(pid => pids.includes(pid)),
    pids,
    'it is there'
  )
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  t.match(await hasty.stop(name), { outcome: /done|unchanged/ }, 'nothing is left')
  await hasty.close()
}

async function ignoresTerm ({ t, supervisor }: World): Promise<void> {
  const { process } = await supervisor.start('immune')
  const stopping = supervisor.stop('immune')
  await delay(300)
  const asked = performance.now()
  await supervisor.status('immune')
  t.ok(performance.now() - asked < 2_500, 'a status read does not wait for the stop')
  t.equal((await stopping).outcome, 'done')
  t.notOk(isAlive(Number(process.pid)))
}

async function stopTakesLong ({ t, row, connect }: World): Promise<void> {
  const hasty = await connect(4_000)
  const { process } = await hasty.start('immune-long')
  const began = performance.now()
  const stopped = await hasty.stop('immune-long')
  t.match(stopped, { outcome: isNewGo(row) ? /pending|done/ : 'pending', process: { name: 'immune-long' } })
  t.ok(performance.now() - began < 8_000)
  if (!isNewGo(row)) t.ok(isAlive(Number(process.pid)))
  await hasty.close()
}

async function restartTakesLong ({ t, row, connect }: World): Promise<void> {
  const hasty = await connect(4_000)
  const { process } = await hasty.start('immune-restarted')
  const restarted = await hasty.restart('immune-restarted')
  t.match(restarted, { outcome: isNewGo(row) ? /pending|done/ : 'pending', process: { name: 'immune-restarted' } })
  if (!isNewGo(row)) t.ok(isAlive(Number(process.pid)))
  await until('another process', async () => {
    const { state, pid } = await hasty.status('immune-restarted')
    return state === 'RUNNING' && pid !== process.pid
  })
  t.notOk(isAlive(Number(process.pid)))
  await hasty.close()
}

async function startTakesLong ({ t, connect }: World): Promise<void> {
  const hasty = await connect(2_000)
  const began = performance.now()
  t.match(await hasty.start('slow-start'), { outcome: 'pending', process: { state: 'STARTING', pid: Number } })
  t.ok(performance.now() - began < 8_000)
  await hasty.close()
}

async function leavesChildren ({ t, row, marker, connect }: World): Promise<void> {
  const hasty = await connect(6_000)
  const { process: started } = await hasty.start('parent')
  const leader = Number(started.pid)
  if (row.driver === 'embedded') {
    t.equal((await hasty.stop('parent')).outcome, 'done', 'it ends the children too')
    t.strictSame(pidsOfGroup(pidsWithEnvironment(marker), leader), [])
    return hasty.close()
  }
  for (const attempt of [1, 2]) {
    const result = await hasty.stop('parent')
    t.match(result, { outcome: 'failed', process: { description: /still there.*stopasgroup/ } }, `attempt ${attempt}`)
    t.notOk(isAlive(leader))
    const pids = /pid ([\d, ]+)/.exec(String(result.process.description))?.[1]?.split(', ').map(Number) ?? []
    t.ok(pids.length > 0 && pids.every(isAlive), 'the processes that it names are there')
    t.match(
      await hasty.start('parent'),
      { outcome: 'failed', process: { description: /still there/ } },
      'no second one beside them'
    )
    if (attempt === 2) for (const pid of pids) process.kill(pid, 'SIGKILL')
  }
  t.match(await hasty.stop('parent'), { outcome: /done|unchanged/ }, 'nothing is left')
  await hasty.close()
}

async function stopsChildren ({ t, marker, supervisor }: World): Promise<void> {
  const { process } = await supervisor.start('group-parent')
  const family = pidsOfGroup(pidsWithEnvironment(marker), Number(process.pid))
  t.ok(family.length >= 2)
  t.equal((await supervisor.stop('group-parent')).outcome, 'done')
  t.notOk(family.some(isAlive))
}

async function oddNames ({ t, connect }: World): Promise<void> {
  const supervisor = await connect(PATIENT_MS)
  const results = await Promise.all(ODD_NAMES.map(name => supervisor.start(name)))
  t.strictSame(results.map(result => result.outcome), ODD_NAMES.map(() => 'done'))
  t.equal(new Set(results.map(result => result.process.pid)).size, ODD_NAMES.length)
  t.strictSame((await supervisor.programs()).filter(name => ODD_NAMES.includes(name)).sort(), [...ODD_NAMES].sort())
  for (const name of ODD_NAMES) t.match(await supervisor.status(name), { name, state: 'RUNNING' })
  await supervisor.close()
}

async function startWithinGoTrap ({ t, supervisor }: World): Promise<void> {
  const first = await supervisor.start('trapped')
  t.equal((await supervisor.stop('trapped')).outcome, 'done')
  const second = await supervisor.start('trapped')
  t.equal(second.outcome, 'done')
  t.not(second.process.pid, first.process.pid)
  t.ok(isAlive(Number(second.process.pid)))
}

async function crowd ({ t, connect }: World): Promise<void> {
  const supervisor = await connect(PATIENT_MS)
  const results = await Promise.all(Array.from({ length: 20 }, () => supervisor.start('crowded')))
  t.ok(results.some(result => result.outcome === 'done'))
  t.ok(results.every(({ outcome }) => outcome === 'done' || outcome === 'joined' || outcome === 'unchanged'))
  t.equal(new Set(results.map(result => result.process.pid)).size, 1)
  const shared = await Promise.all(Array.from({ length: 200 }, () => supervisor.status('crowded')))
  t.ok(shared.every(info => info.pid === results[0]?.process.pid))
  await supervisor.close()
}

async function readsLogs ({ t, row, folder, supervisor }: World): Promise<void> {
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
    for await (const line of lines === null ? [] : linesOf(lines)) {
      heard.push(line)
      if (line === 'later 2') leaving.abort()
    }
  })()
  await supervisor.start('speaker')
  t.strictSame(await supervisor.logs('speaker', { lines: 3, stream: 'stdout' }), [
    'line 2999 grüße', 'line 3000 grüße', 'red bell'
  ])
  t.equal((await supervisor.logs('speaker', { lines: 1000, stream: 'stdout' }))?.length, 1000)
  t.strictSame(await supervisor.logs('speaker', { lines: 1000, stream: 'stderr' }), ['on stderr'])
  writeFileSync(`${folder}/speak`, '')
  await listening
  t.equal(
    heard.reduce((count, line) => count + linesToldBy(line), 0), 3003, 'every line came, or was said to be dropped'
  )
  t.strictSame(heard.slice(-3), ['red bell', 'later 1', 'later 2'])
  if (row.driver === 'embedded') return
  await supervisor.start('unheard')
  t.equal(await supervisor.logs('unheard', { lines: 5, stream: 'stdout' }), null)
  t.equal(await supervisor.follow('unheard', { stream: 'stdout', signal: leaving.signal }), null)
}

/** Counts lines. The embedded driver's notice counts as the lines that a slow reader lost. */
function linesToldBy (line: string): number {
  return Number(/^\[(\d+) lines dropped/.exec(line)?.[1] ?? 1)
}

/** Pid and lifetime, as the program itself wrote them. */
function lastRun (file: string): string | undefined {
  return readFileSync(file, 'utf8').trim().split('\n').at(-1)
}

/** Starts and stops programs that live 0.2 to 60 s. Compares each answer with the process table. */
async function cycles ({ t, folder, marker, connect }: World): Promise<void> {
  const supervisor = await connect(PATIENT_MS)
  async function cycle (name: string, index: number, count: number): Promise<void> {
    for (let turn = 0; turn < count; turn++) {
      const lifetime = LIFETIMES[(turn + index) % LIFETIMES.length] ?? 0
      writeFileSync(`${folder}/lifetime-${index}`, String(lifetime))
      const started = await supervisor.start(name)
      const alive = (): number[] => pidsOfCommand(pidsWithEnvironment(marker), `cycler.sh ${index}`)
      t.equal(
        started.outcome,
        lifetime < 1 ? 'failed' : 'done',
        `${name} lives ${lifetime} s: ${JSON.stringify(started.process)}`
      )
      if (lifetime > 8) t.strictSame(alive(), [started.process.pid])
      if (lifetime > 1) t.match(lastRun(`${folder}/runs-${index}`), `${started.process.pid} ${lifetime}`)
      t.match(await supervisor.stop(name), { outcome: /done|unchanged/ })
      t.strictSame(alive(), [], `nothing of ${name} is left`)
    }
  }
  await Promise.all(
    Array.from({ length: CYCLERS }, (_, index) => cycle(`cycler-${index}`, index, Math.ceil(CYCLES / CYCLERS)))
  )
  await supervisor.close()
}

const CASES: Record<string, (world: World) => Promise<void>> = {
  'never started': neverStarted,
  'starts and stops': startsAndStops,
  restarts,
  'unknown program': unknownProgram,
  'missing binary': missingBinary,
  'exits at 0 s': exitsAtOnce,
  'exits at 0.5 s': exitsHalfway,
  'exits when it is told': exitsLater,
  'crash loop': crashLoop,
  'a storm of crashes': storm,
  'a stop amid the pause of a crash loop': stopAmidPause,
  'attempts of a start': countsAttempts,
  'two restarts at once': twoRestarts,
  'quick restarts': quickRestarts,
  'a daemon that the program forks': world => forksDaemon(world, 'forker'),
  'a daemon that the program forks and that keeps nothing of it': world => forksDaemon(world, 'quiet-forker'),
  'ignores TERM': ignoresTerm,
  'a stop that outlasts the timeout': stopTakesLong,
  'a restart that outlasts the timeout': restartTakesLong,
  'a start that outlasts the timeout': startTakesLong,
  'children that survive the stop': leavesChildren,
  'children that are stopped with their parent': stopsChildren,
  'odd names': oddNames,
  'a start within 5 s of a short run': startWithinGoTrap,
  'many callers at once': crowd,
  logs: readsLogs,
  'start/stop cycles': cycles,
}

/**
 * The drivers poll, so they run at the same time. More cases at a time would only measure how slow the machine gets.
 */
const CASES_AT_ONCE = 4

/** Runs the same cases against every driver and real supervisor. */
export function testContract (row: Row): void {
  const name = row.driver === 'embedded' ? row.driver : `${row.driver} + ${row.name}`
  const skip = row.driver === 'embedded' ? false : skipWithout(row.name)
  test(name, { skip, jobs: CASES_AT_ONCE, timeout: 120_000 + CYCLES * 8_000 + RESTARTS * 2_000 }, async t => {
    const world = await openWorld(t, row)
    await Promise.all(
      Object.entries(CASES).map(([name, run]) => t.test(name, { buffered: true }, child => run({ ...world, t: child })))
    )
  })
  if (row.driver === 'embedded') return
  test(`${name}: daemon trouble`, { skip, timeout: 600_000 }, t => daemonTrouble(t, row))
}
