import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { test, type Test } from 'tap'
import { createEmbeddedSupervisor } from '../../../src/supervisor/embedded.js'
import type { ProcessInfo, Supervisor } from '../../../src/supervisor/supervisor.js'
import { createTestLog, fixture, isAlive, section, until, writeSetup, type LogEntry, type Setup } from './helper.js'

const HOST = fileURLToPath(new URL('../../fixtures/embedded-host.ts', import.meta.url))

type Folders = Omit<Setup, 'supervisor' | 'entries'>

/** Another process with the driver; answers when its program has been started. */
async function startHost (t: Test, { configurationFile, stateFolder }: Folders): Promise<{ host: ChildProcess, info: ProcessInfo, log: string[] }> {
  const host = spawn(process.execPath, [...process.execArgv, HOST, configurationFile, stateFolder, 'generator'], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => host.kill('SIGKILL'))
  const [text] = await once(host.stdout, 'data')
  return { host, ...JSON.parse(text) }
}

async function killHost (host: ChildProcess): Promise<void> {
  host.kill('SIGKILL')
  await once(host, 'exit')
}

async function build (t: Test, { configurationFile, stateFolder }: Folders): Promise<{ supervisor: Supervisor, entries: LogEntry[] }> {
  const { log, entries } = createTestLog()
  const supervisor = await createEmbeddedSupervisor({ configurationFile, stateFolder, operationTimeoutMs: 9_000, environment: {}, log })
  t.teardown(async () => await supervisor.close())
  return { supervisor, entries }
}

async function recordOf ({ stateFolder }: Folders): Promise<{ file: string, record: Record<string, unknown> }> {
  const [name = ''] = await readdir(stateFolder)
  const file = path.join(stateFolder, name)
  return { file, record: JSON.parse(await readFile(file, 'utf8')) }
}

test('after kill -9 of the service its programs are ended before anything is started', async (t) => {
  const folders = await writeSetup(t, section('generator', { command: fixture('family', 'stay', 'deaf', 'away', 'orphan', 'bare'), startsecs: 1.5 }))
  const { host, info, log } = await startHost(t, folders)
  t.equal(info.state, 'RUNNING')
  const children: Record<string, number> = JSON.parse(log[0] ?? '')
  await t.rejects(build(t, folders), { message: `Another instance of the service (pid ${host.pid}) runs its programs from the same folder; stop it first.` })
  await killHost(host)
  t.ok(isAlive(info.pid), 'the program has outlived the service')
  const { file } = await recordOf(folders)
  t.equal((await stat(file)).mode & 0o777, 0o600)
  const { supervisor, entries } = await build(t, folders)
  t.notOk(isAlive(info.pid))
  for (const [kind, pid] of Object.entries(children)) t.notOk(isAlive(pid), `${kind} is gone`)
  t.match(await supervisor.status('generator'), {
    state: 'STOPPED', pid: null, started_at: info.started_at, stopped_at: String, exit_code: null, restarts: 0,
  })
  t.match(entries.filter(({ level }) => level === 'warn'), [{ details: { program: 'generator', found: 5, survivors: 0 } }])
  t.match(await supervisor.start('generator'), { outcome: 'done' })
})

test('children without a parent and without the run id in their session are known by the run id of another', async (t) => {
  const folders = await writeSetup(t, section('generator', { command: fixture('family', 'stay', 'plain', 'bare'), startsecs: 1 }))
  const { host, info, log } = await startHost(t, folders)
  const { plain, bare } = JSON.parse(log[0] ?? '')
  await killHost(host)
  process.kill(Number(info.pid), 'SIGKILL')
  await until('the leader\'s end', () => !isAlive(info.pid))
  await build(t, folders)
  t.notOk(isAlive(plain))
  t.notOk(isAlive(bare))
})

test('a clean stop leaves what status tells after a restart of the service', async (t) => {
  const folders = await writeSetup(t, section('generator', { command: fixture('exit', '3', '500') }))
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

test('what is not proven to be of the run is left alone', async (t) => {
  const folders = await writeSetup(t, section('generator', { command: fixture('stay') }))
  const { host, info } = await startHost(t, folders)
  await killHost(host)
  const { file, record } = await recordOf(folders)
  const bystander = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' })
  const gone = once(bystander, 'exit')
  t.teardown(() => process.kill(Number(info.pid), 'SIGKILL'))
  const survives = async (what: string, change: object): Promise<Supervisor> => {
    await writeFile(file, JSON.stringify({ ...record, ...change }))
    const { supervisor } = await build(t, folders)
    t.ok(isAlive(bystander.pid), what)
    t.ok(isAlive(info.pid), what)
    return supervisor
  }
  const leader = { pid: bystander.pid, startTime: 1 }
  const other = await survives('another start time, another run id', { leader, runId: '00000000-0000-4000-8000-000000000000' })
  t.match(await other.status('generator'), { state: 'STOPPED', started_at: info.started_at, stopped_at: null })
  await survives('another boot', { bootId: 'another' })
  await survives('ended', { ended: true })
  bystander.kill()
  await gone
})

test('a damaged record stops nothing, and is named', async (t) => {
  const folders = await writeSetup(t, section('generator', { command: fixture('stay') }))
  for (const text of ['', '{', '{}', '[]', 'null', '{"program":1}']) await writeFile(path.join(folders.stateFolder, `supervisor-${text.length}.json`), text)
  await writeFile(path.join(folders.stateFolder, 'supervisor-x.json.1.tmp'), 'unfinished')
  await writeFile(path.join(folders.stateFolder, 'other.json'), 'not ours')
  const { supervisor, entries } = await build(t, folders)
  t.strictSame(entries.filter(({ level }) => level === 'warn').map(({ details }) => details['file']).sort(), [
    'supervisor-0.json', 'supervisor-1.json', 'supervisor-13.json', 'supervisor-2.json', 'supervisor-4.json',
  ])
  t.notOk((await readdir(folders.stateFolder)).some((name) => name.endsWith('.tmp')))
  t.match(await supervisor.start('generator'), { outcome: 'done' })
})

test('the record of a program that is configured no more goes', async (t) => {
  const folders = await writeSetup(t, section('generator', { command: fixture('stay') }))
  const { host, info } = await startHost(t, folders)
  await killHost(host)
  await writeFile(folders.configurationFile, section('listener', { command: fixture('stay') }))
  await build(t, folders)
  t.notOk(isAlive(info.pid))
  t.strictSame(await readdir(folders.stateFolder), [])
})

test('a state folder that cannot be written fails the start; a failed spawn leaves no record', async (t) => {
  const folders = await writeSetup(t, section('generator', { command: '/nowhere', startretries: 0 }))
  const { supervisor } = await build(t, folders)
  await supervisor.start('generator')
  t.strictSame(await readdir(folders.stateFolder), [])
  // Root may write wherever modes forbid it, so the folder becomes one that is not there.
  await chmod(folders.stateFolder, 0o700)
  const { rename } = await import('node:fs/promises')
  await rename(folders.stateFolder, `${folders.stateFolder}-away`)
  t.match(await supervisor.start('generator'), {
    outcome: 'failed', process: { state: 'FATAL', description: 'the record of the run cannot be written: ENOENT (attempt 1 of 1)' },
  })
})
