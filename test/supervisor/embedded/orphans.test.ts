import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { test, type Test } from 'tap'
import { createEmbeddedSupervisor } from '../../../src/supervisor/embedded/driver.js'
import { createRunTable, RUN_ID_VARIABLE } from '../../../src/supervisor/embedded/process/run-table.js'
import {
  createRunRecords, type RunRecord, type RunRecords
} from '../../../src/supervisor/embedded/process/run-records.js'
import type { ProcessInfo, Supervisor } from '../../../src/supervisor/supervisor.js'
import { replaceWithFifo } from '../../fixtures/fifo.js'
import {
  createTestCgroups, createTestLog, fixture, isAlive, section, until, writeSetup, type LogEntry, type Setup
} from './helper.js'

const HOST = fileURLToPath(new URL('../../fixtures/embedded-host.ts', import.meta.url))

type Folders = Omit<Setup, 'supervisor' | 'entries'>

/** Another process with the driver. Resolves when its program has been started. */
async function startHost (
  t: Test,
  { configurationFile, stateFolder }: Folders
): Promise<{ host: ChildProcess, info: ProcessInfo, log: string[] }> {
  const host = spawn(process.execPath, [...process.execArgv, HOST, configurationFile, stateFolder, 'generator'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => host.kill('SIGKILL'))
  const [text] = await once(host.stdout, 'data')
  const started: { info: ProcessInfo, log: string[] } = JSON.parse(text)
  t.teardown(() => { if (isAlive(started.info.pid)) process.kill(-Number(started.info.pid), 'SIGKILL') })
  return { host, ...started }
}

async function killHost (host: ChildProcess): Promise<void> {
  host.kill('SIGKILL')
  await once(host, 'exit')
}

async function build (
  t: Test,
  { configurationFile, stateFolder }: Folders
): Promise<{ supervisor: Supervisor, entries: LogEntry[] }> {
  const { log, entries } = createTestLog()
  const supervisor = await createEmbeddedSupervisor({
    configurationFile, stateFolder, operationTimeoutMs: 9_000, environment: {}, log
  })
  t.teardown(async () => await supervisor.close())
  return { supervisor, entries }
}

/** The remains of a killed service: a process of one of its runs, and the record of that run. */
async function leaveOrphan (t: Test, { stateFolder }: Folders, commandLine: string): Promise<{
  leader: ChildProcessByStdio<null, Readable, null>, record: RunRecord, records: RunRecords
}> {
  const [command = '', ...args] = commandLine.split(' ')
  const runId = randomUUID()
  const leader = spawn(command, args, {
    detached: true, stdio: ['ignore', 'pipe', 'ignore'], env: { [RUN_ID_VARIABLE]: runId }
  })
  t.teardown(() => leader.kill('SIGKILL'))
  const table = createRunTable()
  const entry = table.entry(Number(leader.pid))
  const records = createRunRecords({ folder: stateFolder, log: createTestLog().log })
  const record: RunRecord = {
    program: 'generator',
    runId,
    bootId: table.bootId,
    supervisor: null,
    leader: entry && { pid: entry.pid, startTicks: entry.startTicks },
    ended: false,
    startedAt: '2024-01-01T00:00:00.000Z',
    stoppedAt: null,
    exitCode: null,
    exitSignal: null,
  }
  await records.save(record)
  return { leader, record, records }
}

test('after kill -9 of the service its programs are ended before anything is started', async (t) => {
  // Only cgroups tell whose the lost process is.
  const kinds = ['deaf', 'away', 'orphan', 'bare', ...createTestCgroups() !== null ? ['lost'] : []]
  const folders = await writeSetup(t, section('generator', { command: fixture('family', 'stay', ...kinds) }))
  const { host, info, log } = await startHost(t, folders)
  t.equal(info.state, 'RUNNING')
  const children: Record<string, number> = JSON.parse(log[0] ?? '')
  await t.rejects(build(t, folders), {
    message: `Another instance of the service (pid ${host.pid}) runs its programs from the same folder; stop it first.`,
  })
  await killHost(host)
  t.ok(isAlive(info.pid), 'the program has outlived the service')
  const [name = ''] = await readdir(folders.stateFolder)
  t.equal((await stat(path.join(folders.stateFolder, name))).mode & 0o777, 0o600)
  const { supervisor, entries } = await build(t, folders)
  t.notOk(isAlive(info.pid))
  for (const [kind, pid] of Object.entries(children)) t.notOk(isAlive(pid), `${kind} is gone`)
  t.match(await supervisor.status('generator'), {
    state: 'STOPPED', pid: null, started_at: info.started_at, stopped_at: String, exit_code: null, restarts: 0,
  })
  t.match(
    entries.filter(({ level }) => level === 'warn'),
    [{ details: { program: 'generator', found: kinds.length + 1, survivors: 0 } }]
  )
  t.match(await supervisor.start('generator'), { outcome: 'done' })
})

test('children of a session whose leader is gone', async (t) => {
  const folders = await writeSetup(t, section('generator', { command: fixture('stay') }))
  const { leader, record } = await leaveOrphan(t, folders, fixture('family', 'stay', 'plain', 'bare'))
  const [text] = await once(leader.stdout, 'data')
  const { plain, bare } = JSON.parse(text)
  leader.kill('SIGKILL')
  await once(leader, 'exit')
  t.ok(isAlive(plain) && isAlive(bare))
  const { supervisor } = await build(t, folders)
  t.notOk(isAlive(plain), 'known by the run id')
  t.notOk(isAlive(bare), 'known by the session of the other')
  t.match(await supervisor.status('generator'), { started_at: record.startedAt })
})

test('a clean stop leaves what status tells after a restart of the service', async (t) => {
  const folders = await writeSetup(
    t,
    section('generator', { command: fixture('exit', '3', '500'), autorestart: 'false' })
  )
  const { supervisor } = await build(t, folders)
  await supervisor.start('generator')
  const before = await until('the end', async () => {
    const status = await supervisor.status('generator')
    return status.exit_code === 3 && status
  })
  await supervisor.close()
  const { supervisor: next } = await build(t, folders)
  t.match(await next.status('generator'), {
    state: 'STOPPED', started_at: before.started_at, stopped_at: before.stopped_at, exit_code: 3, exit_signal: null,
  })
})

test('a process without proof that it is of the run is left alone', async (t) => {
  const folders = await writeSetup(t, section('generator', { command: fixture('stay') }))
  const { leader, record, records } = await leaveOrphan(t, folders, '/bin/sleep 1000')
  const survives = async (what: string, change: Partial<RunRecord>): Promise<Supervisor> => {
    await records.save({ ...record, ...change })
    const { supervisor } = await build(t, folders)
    t.ok(isAlive(leader.pid), what)
    return supervisor
  }
  const strange = { leader: { pid: Number(leader.pid), startTicks: 1 }, runId: '00000000-0000-4000-8000-000000000000' }
  const other = await survives('the same pid, but another start time and run id', strange)
  t.match(await other.status('generator'), { state: 'STOPPED', started_at: record.startedAt, stopped_at: null })
  await survives('another boot', { bootId: 'another' })
  await survives('ended', { ended: true })
  const exit = once(leader, 'exit')
  await records.save(record)
  await build(t, folders)
  t.strictSame(await exit, [null, 'SIGTERM'], 'it would have been ended otherwise')
})

test('the pid and start time of the record, but another executable', async (t) => {
  const folders = await writeSetup(t, section('generator', { command: fixture('stay') }))
  const { leader, record, records } = await leaveOrphan(t, folders, '/bin/sleep 1000')
  const executable = await realpath('/bin/sleep')
  const key = { pid: Number(leader.pid), startTicks: Number(record.leader?.startTicks) }
  // Its environment does not show that it belongs to the run.
  const runId = '00000000-0000-4000-8000-000000000000'
  await records.save({ ...record, runId, leader: { ...key, executable: '/bin/other' } })
  await build(t, folders)
  t.ok(isAlive(leader.pid))
  const exit = once(leader, 'exit')
  await records.save({ ...record, runId, leader: { ...key, executable } })
  await build(t, folders)
  t.strictSame(await exit, [null, 'SIGTERM'])
})

test('the record has the executable once the program has run for a second', async (t) => {
  const folders = await writeSetup(t, section('generator', { command: '/bin/sh -c "exec sleep 1000"', startsecs: 1.1 }))
  const { supervisor } = await build(t, folders)
  const starting = supervisor.start('generator')
  const readLeader = async (): Promise<RunRecord['leader'] | undefined> => {
    const name = (await readdir(folders.stateFolder)).find((file) => file.endsWith('.json'))
    return name === undefined
      ? undefined
      : JSON.parse(await readFile(path.join(folders.stateFolder, name), 'utf8')).leader
  }
  const early = await until('the record', async () => await readLeader() ?? undefined)
  t.strictSame(Object.keys(early).sort(), ['pid', 'startTicks'])
  const { process: { pid } } = await starting
  const leader = await until('the executable', async () => {
    const found = await readLeader()
    return typeof found?.executable === 'string' && found
  })
  t.match(leader, { pid, executable: await realpath('/bin/sleep') })
})

test('a damaged record stops nothing, and is named', { timeout: 30_000 }, async (t) => {
  const folders = await writeSetup(t, section('generator', { command: fixture('stay') }))
  for (const text of ['', '{', '{}', '[]', 'null', '{"program":1}']) {
    await writeFile(path.join(folders.stateFolder, `supervisor-${text.length}.json`), text)
  }
  await replaceWithFifo(path.join(folders.stateFolder, 'supervisor-fifo.json'))
  await writeFile(path.join(folders.stateFolder, `supervisor-x.json.${randomUUID()}.tmp`), 'unfinished')
  await writeFile(path.join(folders.stateFolder, 'supervisor-notes.tmp'), 'not ours')
  await writeFile(path.join(folders.stateFolder, 'other.json'), 'not ours')
  const { supervisor, entries } = await build(t, folders)
  t.strictSame(
    entries
      .filter(({ level }) => level === 'warn')
      .map(({ details }) => details['file'])
      .sort(),
    [
      'supervisor-0.json', 'supervisor-1.json', 'supervisor-13.json', 'supervisor-2.json', 'supervisor-4.json',
      'supervisor-fifo.json',
    ]
  )
  t.strictSame((await readdir(folders.stateFolder)).filter((name) => name.endsWith('.tmp')), ['supervisor-notes.tmp'])
  t.match(await supervisor.start('generator'), { outcome: 'done' })
})

test('the record of a program that is configured no more goes, and what it left over too', async (t) => {
  const folders = await writeSetup(t, section('listener', { command: fixture('stay') }))
  const { leader } = await leaveOrphan(t, folders, '/bin/sleep 1000')
  await build(t, folders)
  t.notOk(isAlive(leader.pid))
  t.strictSame(await readdir(folders.stateFolder), [])
})

test('a record that cannot be written at the end is warned of', async (t) => {
  const folders = await writeSetup(t, section('generator', { command: fixture('stay') }))
  const { supervisor, entries } = await build(t, folders)
  await supervisor.start('generator')
  await rename(folders.stateFolder, `${folders.stateFolder}-away`)
  t.match(await supervisor.stop('generator'), { outcome: 'done', process: { state: 'STOPPED' } })
  t.match(
    entries.filter(({ level }) => level === 'warn'), [{ details: { program: 'generator', err: { code: 'ENOENT' } } }]
  )
})

test('a state folder that cannot be written fails the start; a failed spawn leaves no record', async (t) => {
  const folders = await writeSetup(t, section('generator', { command: '/nowhere', startretries: 0 }))
  const { supervisor } = await build(t, folders)
  await supervisor.start('generator')
  t.strictSame(await readdir(folders.stateFolder), [])
  // Root may write where modes forbid it, so the folder is a missing one.
  await rename(folders.stateFolder, `${folders.stateFolder}-away`)
  t.match(await supervisor.start('generator'), {
    outcome: 'failed',
    process: { state: 'FATAL', description: 'the record of the run cannot be written: ENOENT (attempt 1 of 1)' },
  })
})
