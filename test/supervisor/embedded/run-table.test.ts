import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'tap'
import { createRunTable } from '../../../src/supervisor/embedded/process/run-table.js'
import { createRunCgroups } from '../../../src/supervisor/embedded/process/run-cgroups.js'
import { endRun } from '../../../src/supervisor/embedded/process/run-end.js'
import { createTestCgroups, createTestLog, fixture, temporaryFolder, until } from './helper.js'

const RUN = { runId: '00000000-0000-4000-8000-000000000001', leader: null, endedAt: null }

test('a system without /proc is told', async (t) => {
  t.throws(() => createRunTable({ folder: '/nowhere' }), {
    message: "The embedded supervisor needs Linux's /nowhere to find a program's processes.",
  })
})

test('a process whose name has parentheses and spaces', async (t) => {
  const folder = await temporaryFolder(t)
  const file = path.join(folder, 'a) S 1 (b')
  await copyFile('/bin/sleep', file)
  const child = spawn(file, ['1000'], { detached: true })
  const { pid = 0 } = child
  const table = createRunTable()
  const entry = table.entry(pid)
  t.match(entry, { pid, parent: process.pid, group: pid, session: pid, isZombie: false })
  t.ok(entry !== null && table.isAlive(entry))
  t.ok(
    entry !== null && entry.startTicks <= table.now() && entry.startTicks > table.now() - 1_000,
    "start times are on the table's clock"
  )
  t.notOk(table.isAlive({ pid, startTicks: 1 }), 'a pid that was given again')
  child.kill()
  await once(child, 'exit')
  t.notOk(entry !== null && table.isAlive(entry))
  t.equal(table.entry(pid), null)
})

test('a zombie is not alive', async (t) => {
  // The shell becomes a sleep that never asks for its child's end.
  const child = spawn('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 1000'], { detached: true })
  const [text] = await once(child.stdout, 'data')
  const table = createRunTable()
  const entry = table.entry(Number(text))
  while (table.entry(Number(text))?.isZombie !== true) await new Promise(setImmediate)
  t.notOk(entry === null || table.isAlive(entry))
  t.strictSame(
    table.members(RUN, entry === null ? [] : [entry]).map(({ pid }) => pid), [child.pid], 'the rest of its session is'
  )
  child.kill()
  await once(child, 'exit')
})

test('a process in the service\'s own session is never a run\'s', async (t) => {
  const child = spawn('sleep', ['1000'], { env: { GENERATOR_CLIENT_RUN_ID: RUN.runId } })
  t.strictSame(createRunTable().members(RUN, []), [])
  child.kill()
  await once(child, 'exit')
})

test('an ended leader\'s session: those from before its end are the run\'s, later ones a stranger\'s', async (t) => {
  const [command = '', ...args] = fixture('stay').split(' ')
  const child = spawn(command, args, { detached: true })
  const { pid = 0 } = child
  const table = createRunTable()
  const startTicks = table.entry(pid)?.startTicks ?? 0
  const members = (endedAt: number | null): number[] =>
    table.members({ ...RUN, leader: { pid, startTicks: startTicks - 1 }, endedAt }, []).map((entry) => entry.pid)
  t.strictSame(members(null), [])
  t.strictSame(members(startTicks), [])
  t.strictSame(members(startTicks + 1), [pid])
  child.kill()
  await once(child, 'exit')
})

test('a process that nothing can end is told', async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(path.join(folder, 'sys/kernel/random'), { recursive: true })
  await writeFile(path.join(folder, 'sys/kernel/random/boot_id'), 'boot\n')
  // No test can make such a process, so the table is the test's own. Its pid is past the kernel's last.
  const pid = 2 ** 22 + 1
  await mkdir(path.join(folder, String(pid)))
  await writeFile(
    path.join(folder, String(pid), 'stat'), `${pid} (stuck) D 1 ${pid} ${pid} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 77 0 0`
  )
  const table = createRunTable({ folder })
  const ended = await endRun({
    table,
    cgroups: createTestCgroups(),
    run: { ...RUN, leader: { pid, startTicks: 77 } },
    stop: { signal: 'SIGTERM', asGroup: true, graceMs: 50 },
    killAsGroup: true,
  })
  t.match(ended, { found: 1, survivors: [pid] })
})

test("an unreadable process is counted, but none that is older, in the service's session or gone", async t => {
  const folder = await temporaryFolder(t)
  await mkdir(path.join(folder, 'sys/kernel/random'), { recursive: true })
  await writeFile(path.join(folder, 'sys/kernel/random/boot_id'), 'boot\n')
  const add = async (pid: number, { state = 'S', session = pid, start = 77 } = {}): Promise<void> => {
    await mkdir(path.join(folder, String(pid)))
    await writeFile(
      path.join(folder, String(pid), 'stat'),
      `${pid} (other) ${state} 1 ${pid} ${session} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ${start} 0 0`
    )
  }
  await add(process.pid)
  await add(20)
  await add(30, { start: 76 })
  await add(40, { session: process.pid })
  await add(50, { state: 'Z' })
  await add(60)
  await add(70)
  // Root may read every environment. A folder in its place cannot be read.
  for (const pid of [20, 30, 40, 50]) await mkdir(path.join(folder, String(pid), 'environ'))
  await writeFile(path.join(folder, '60/environ'), 'A=b')
  const table = createRunTable({ folder })
  const run = { ...RUN, leader: { pid: 10, startTicks: 77 } }
  t.strictSame(table.unseen(run).map(({ pid }) => pid), [20])
  t.match(
    await endRun({
      table, cgroups: createRunCgroups({ folder: null, log: createTestLog().log }), run, stop: null, killAsGroup: true
    }),
    {
      found: 0, survivors: [], unseen: [20]
    }
  )
})

test('the executable of a process, also when its file was replaced', async (t) => {
  const folder = await temporaryFolder(t)
  const file = path.join(folder, 'program')
  await copyFile('/bin/sleep', file)
  const child = spawn(file, ['1000'], { detached: true })
  const { pid = 0 } = child
  const table = createRunTable()
  await until('the program', () => table.executable(pid) === file)
  await rm(file)
  t.equal(table.executable(pid), file)
  child.kill()
  await once(child, 'exit')
  t.equal(table.executable(pid), null)
})
