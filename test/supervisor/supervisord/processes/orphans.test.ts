import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Test, test } from 'tap'
import { createProcessTable } from '../../../../src/machine/process-table.js'
import { createOperations } from '../../../../src/supervisor/supervisord/operations.js'
import {
  createOrphanWatch, createSeenProcesses, type OrphanWatch, type SeenProcess,
} from '../../../../src/supervisor/supervisord/processes/orphan-watch.js'
import type { Reading } from '../../../../src/supervisor/supervisord/reading.js'
import type { ProcessInfo, ProcessState } from '../../../../src/supervisor/supervisor.js'
import { isAlive, killIfThere, pidsOfCommand, pidsOfGroup, pidsWithEnvironment, until } from '../../real/processes.js'

const local = createProcessTable()

function reading (state: ProcessState, pid: number | null): Reading {
  const process = { name: 'x', state, pid, uptime_seconds: null, started_at: null } as ProcessInfo
  return { process, stamp: `${state} ${pid}`, run: null }
}

interface Family { daemon: ChildProcess, pid: number, marker: string }

/** A shell that stands for a daemon, and the process of its program, which leads a group. */
async function startFamily (t: Test, program = 'sleep 1000 & exec sleep 1000'): Promise<Family> {
  const marker = `ORPHAN_TEST=${t.testdirName}`
  const daemon = spawn('/bin/sh', ['-c', `setsid /bin/sh -c 'echo $$; ${program}' & wait`], {
    stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: process.env.PATH, ORPHAN_TEST: t.testdirName },
  })
  t.teardown(() => pidsWithEnvironment(marker).forEach(killIfThere))
  const [chunk] = await once(daemon.stdout as NodeJS.EventEmitter, 'data') as [Buffer]
  const pid = Number(chunk.toString())
  await until('the program executes what it is', () => local.executable(pid)?.endsWith('sleep'))
  return { daemon, pid, marker }
}

async function kill (daemon: ChildProcess): Promise<void> {
  daemon.kill('SIGKILL')
  await once(daemon, 'exit')
}

function watchIn (folder: string, warnings: object[] = []): OrphanWatch {
  const log = { warn: (details: object) => { warnings.push(details) } }
  return createOrphanWatch({ seen: createSeenProcesses({ folder, log }) })
}

/** Operations that end orphans. The supervisor itself runs nothing, like one that was started again. */
function operationsOn (watch: OrphanWatch) {
  const orders: string[] = []
  const warnings: object[] = []
  const operations = createOperations({
    calls: {
      read: program => watch.attend(program, reading('STOPPED', null)),
      async sendOrder (verb) {
        orders.push(verb)
        return { is: 'taken', text: null }
      },
      orphans: watch.orphans,
      tail: async () => [],
    },
    operationTimeoutMs: 9_000,
    pollMs: 20,
    lookMs: 1_000,
    log: { warn: details => { warnings.push(details) } },
    closing: new AbortController().signal,
    onEnd () {},
  })
  return { operations, orders, warnings }
}

test('no second process starts beside one of a lost daemon, also after a restart; a stop ends that one', async t => {
  const folder = t.testdir()
  const { daemon, pid, marker } = await startFamily(t)
  const seen = await watchIn(folder).attend('x', reading('RUNNING', pid))
  t.strictSame(seen, reading('RUNNING', pid))
  const [file = ''] = readdirSync(folder)
  t.match(file, /^supervisord-[0-9a-f]{32}\.json$/)
  t.equal(statSync(path.join(folder, file)).mode & 0o777, 0o600)
  const { bootId, ...record } = JSON.parse(readFileSync(path.join(folder, file), 'utf8'))
  t.equal(bootId, local.bootId)
  t.strictSame(record, {
    program: 'x',
    processes: [
      {
        pid,
        startTicks: local.entry(pid)?.startTicks,
        executable: local.executable(pid),
        daemon: { pid: daemon.pid, startTicks: local.entry(Number(daemon.pid))?.startTicks },
      },
    ],
  })
  t.strictSame(
    await watchIn(folder).attend('x', reading('STOPPED', null)), reading('STOPPED', null), 'its daemon is there'
  )

  await kill(daemon)
  const group = pidsOfGroup(pidsWithEnvironment(marker), pid)
  t.equal(group.length, 2)
  const watch = watchIn(folder)
  t.strictSame((await watch.attend('x', reading('STOPPED', null))).process.orphan_pids, [pid])
  const ending = createOrphanWatch({
    seen: createSeenProcesses({ folder, log: { warn () {} } }), local: { ...local, executable: () => null }
  })
  t.match(await ending.orphans('x'), [{ pid }], 'a process that is ending shows no executable')
  t.strictSame(
    (await watch.attend('x', reading('RUNNING', process.pid))).process.orphan_pids,
    [pid],
    'also beside another process'
  )
  t.strictSame((await watch.attend('y', reading('STOPPED', null))).process.orphan_pids, undefined)
  const { operations, orders, warnings } = operationsOn(watch)
  for (const verb of ['start', 'restart'] as const) {
    await t.rejects(operations[verb]('x'), { code: 'PROGRAM_ORPHANED', statusCode: 409, data: { pid, pids: [pid] } })
  }
  t.strictSame(orders, [], 'nothing was ordered')
  t.strictSame(await operations.stop('x'), { outcome: 'done', process: reading('STOPPED', null).process })
  t.notOk(group.some(isAlive))
  t.match(warnings, [{ program: 'x', pids: [pid, Number], survivors: [] }])
  t.strictSame(await watch.attend('x', reading('STOPPED', null)), reading('STOPPED', null))
  t.match(
    JSON.parse(readFileSync(path.join(folder, file), 'utf8')),
    { processes: { length: 1 } },
    'the other process, which was shown once, is this one'
  )
})

test('an orphan that ignores SIGTERM is killed', async t => {
  const { daemon, pid } = await startFamily(t, 'trap "" TERM; exec sleep 1000')
  const watch = watchIn(t.testdir())
  await watch.attend('x', reading('RUNNING', pid))
  await kill(daemon)
  const began = performance.now()
  t.match(await operationsOn(watch).operations.stop('x'), { outcome: 'done' })
  t.ok(performance.now() - began > 3_000, 'it had time')
  t.notOk(isAlive(pid))
})

test('the survivors of a group whose leader ended with its daemon', async t => {
  const { daemon, pid, marker } = await startFamily(t)
  const watch = watchIn(t.testdir())
  await watch.attend('x', reading('RUNNING', pid))
  const children = pidsOfGroup(pidsWithEnvironment(marker), pid).filter(one => one !== pid)
  await kill(daemon)
  process.kill(pid, 'SIGKILL')
  await until('it ends', () => !isAlive(pid))
  t.strictSame((await watch.attend('x', reading('STOPPED', null))).process.orphan_pids, children)
  t.match(await operationsOn(watch).operations.stop('x'), { outcome: 'done' })
  t.notOk(children.some(isAlive))
})

test('a process that is another one by now is left alone', async t => {
  const folder = t.testdir()
  const { daemon, pid } = await startFamily(t)
  await watchIn(folder).attend('x', reading('RUNNING', pid))
  await kill(daemon)
  const file = path.join(folder, String(readdirSync(folder)[0]))
  const record = JSON.parse(readFileSync(file, 'utf8'))
  const [seen] = record.processes as [SeenProcess]
  const others: Array<[string, object]> = [
    ['executable', { ...record, processes: [{ ...seen, executable: '/bin/other' }] }],
    ['start time', { ...record, processes: [{ ...seen, startTicks: seen.startTicks + 1 }] }],
    ['boot', { ...record, bootId: 'another' }],
  ]
  for (const [what, content] of others) {
    writeFileSync(file, JSON.stringify(content))
    const watch = watchIn(folder)
    t.strictSame((await watch.attend('x', reading('STOPPED', null))).process.orphan_pids, undefined, what)
    t.match(await operationsOn(watch).operations.stop('x'), { outcome: 'unchanged' })
    t.ok(isAlive(pid), what)
  }
})

test('records that cannot be used, and files of a kill amid a write', async t => {
  const folder = t.testdir()
  const { daemon, pid } = await startFamily(t)
  await watchIn(folder).attend('x', reading('RUNNING', pid))
  const file = path.join(folder, String(readdirSync(folder)[0]))
  const whole = readFileSync(file, 'utf8')
  for (const content of ['', '{}', whole.slice(0, -5)]) {
    const warnings: object[] = []
    writeFileSync(file, content)
    writeFileSync(`${file}.01234567-89ab-cdef-0123-456789abcdef.tmp`, 'x')
    t.match(await watchIn(folder, warnings).attend('x', reading('RUNNING', pid)), reading('RUNNING', pid))
    t.match(warnings, [{ program: 'x' }])
    t.equal(readFileSync(file, 'utf8'), whole, 'it is written anew')
    t.strictSame(readdirSync(folder), [path.basename(file)])
  }
  const warnings: object[] = []
  const log = { warn: (details: object) => { warnings.push(details) } }
  const missing = createOrphanWatch({ seen: createSeenProcesses({ folder: undefined, log: { warn () {} } }) })
  await missing.attend('x', reading('RUNNING', pid))
  await kill(daemon)
  t.strictSame(
    (await missing.attend('x', reading('STOPPED', null))).process.orphan_pids,
    [pid],
    'known to this instance without a folder'
  )
  const gone = path.join(folder, 'gone')
  t.throws(() => createSeenProcesses({ folder: gone, log: { warn () {} } }), { code: 'ENOENT' })
  t.notOk(existsSync(gone))
  const kept = createSeenProcesses({ folder, log })
  rmSync(file)
  mkdirSync(file)
  t.strictSame(await kept.load('x'), [])
  t.match(warnings, [{ program: 'x', err: { code: 'EISDIR' } }])
  rmSync(folder, { recursive: true })
  await kept.save('x', [])
  t.match(warnings[1], { program: 'x', err: { code: 'ENOENT' } })
})

test('a stop that leaves something of an orphan says so', async t => {
  const { daemon, pid, marker } = await startFamily(t, 'setsid sleep 2000 & exec sleep 1000')
  const watch = watchIn(t.testdir())
  await watch.attend('x', reading('RUNNING', pid))
  await until('its daemon runs', () =>
    pidsOfCommand(pidsWithEnvironment(marker), 'sleep 2000').some(one => local.entry(one)?.session === one)
  )
  const [left = 0] = pidsOfCommand(pidsWithEnvironment(marker), 'sleep 2000').filter(
    one => local.entry(one)?.session === one
  )
  await kill(daemon)
  t.match(await operationsOn(watch).operations.stop('x'), {
    outcome: 'failed', pids: [left], process: { description: new RegExp(`still there \\(pid ${left}\\)`) }
  })
  t.ok(isAlive(left))
  t.notOk(isAlive(pid))
})

test('an orphan that ends just before it is told to', async t => {
  const entry = local.entry(process.pid)
  let looks = 0
  const gone = {
    pid: 2 ** 22 + 4, remains: () => (entry !== null && looks++ < 2 ? [{ ...entry, pid: 2 ** 22 + 4, group: 1 }] : [])
  }
  const watch: OrphanWatch = { attend: async (_program, shown) => shown, orphans: async () => [gone] }
  t.match(await operationsOn(watch).operations.stop('x'), { outcome: 'done' })
})

test('a daemon that has ended between a look and the process table is not taken for process 1', async t => {
  const { daemon, pid } = await startFamily(t)
  await kill(daemon)
  const watch = watchIn(t.testdir())
  await watch.attend('x', reading('RUNNING', pid))
  t.strictSame((await watch.attend('x', reading('STOPPED', null))).process.orphan_pids, undefined)
  t.strictSame(await watch.orphans('x'), [])
})
