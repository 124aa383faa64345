import { spawn } from 'node:child_process'
import { readFileSync, renameSync } from 'node:fs'
import path from 'node:path'
import { test, type Test } from 'tap'
import { captureFamily, findLocal } from '../../../../src/supervisor/supervisord/processes/process-family.js'
import { createProcessTable, type ProcessTable } from '../../../../src/machine/process-table.js'
import type { ProcessInfo } from '../../../../src/supervisor/supervisor.js'
import { isAlive, killIfThere, pidsWithEnvironment, until } from '../../real/processes.js'

const local = createProcessTable()
const QUIET = '>/dev/null 2>&1 </dev/null'

function info (pid: number, facts: Partial<ProcessInfo> = {}): ProcessInfo {
  return { name: 'x', state: 'RUNNING', pid, uptime_seconds: null, started_at: null, ...facts } as ProcessInfo
}

interface Leader { pid: number, detached: number[] }

/**
 * A shell that stands for a supervisor, with two programs. The leader has let `fork` put a `sleep 2000` into a session
 * of its own. Then it executes `sleep 1000`.
 */
async function startSupervisor (
  t: Test,
  { fork, before = '', environment = {} }: { fork: string, before?: string, environment?: Record<string, string> }
): Promise<Leader> {
  const folder = t.testdir({
    'leader.sh': `${before}\n${fork}\nexec sleep 1000\n`,
    // Job control gives each a process group of its own.
    'supervisor.sh': `set -m\n/bin/sh "$0.leader" | cat >/dev/null &\nexec 3>&-\nsleep 3000 ${QUIET} &\nset +m\nwait\n`,
  })
  renameSync(path.join(folder, 'leader.sh'), path.join(folder, 'supervisor.sh.leader'))
  const marker = `FAMILY_TEST=${folder}`
  spawn('/bin/sh', [path.join(folder, 'supervisor.sh')], {
    detached: true, stdio: 'ignore', env: { PATH: process.env.PATH, FAMILY_TEST: folder, ...environment },
  })
  t.teardown(() => pidsWithEnvironment(marker).forEach(killIfThere))
  const found = (command: string): number[] => pidsWithEnvironment(marker).filter(pid => commandOf(pid) === command)
  await until('all of them run', () =>
    ['sleep 1000', 'sleep 2000', 'sleep 3000'].every(command => found(command).length === 1)
  )
  return { pid: Number(found('sleep 1000')[0]), detached: found('sleep 2000') }
}

function commandOf (pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1).join(' ')
  } catch {
    return ''
  }
}

function familyOf (pid: number, facts: Partial<ProcessInfo> = {}, processes: ProcessTable = local): number[] {
  return captureFamily(info(pid, facts), processes)?.survivors().sort() ?? []
}

test('a daemon that closed its output, of a program with an environment of its own', async t => {
  const { pid, detached } = await startSupervisor(t, { before: 'export OWN=1', fork: `(setsid sleep 2000 ${QUIET} &)` })
  // A process keeps the environment of its start. The leader executes another program with it.
  t.strictSame(familyOf(pid), [pid, ...detached].sort())
})

test('one whose environment another program has too cannot be told', async t => {
  const { pid } = await startSupervisor(t, { fork: `(setsid sleep 2000 ${QUIET} &)` })
  t.strictSame(familyOf(pid), [pid])
})

test('one that has the marks of Python in its environment', async t => {
  const environment = {
    SUPERVISOR_PROCESS_NAME: 'x', SUPERVISOR_GROUP_NAME: 'team', SUPERVISOR_SERVER_URL: 'unix:///run/x'
  }
  const { pid, detached } = await startSupervisor(t, { fork: `(OTHER=1 setsid sleep 2000 ${QUIET} &)`, environment })
  t.strictSame(familyOf(pid, { name: 'team:x' }), [pid, ...detached].sort())
  t.strictSame(familyOf(pid, { name: 'y' }), [pid], 'they are inherited from a supervisor above this one')
})

test('one that holds the output of the program', async t => {
  const { pid, detached } = await startSupervisor(t, { fork: '(OTHER=1 setsid sleep 2000 </dev/null &)' })
  const all = familyOf(pid)
  t.ok([pid, ...detached].every(one => all.includes(one)), `${all}`)
})

/** The real process table, with control groups as given. */
function withControlGroups (groups: Map<number, string>): ProcessTable {
  return { ...local, controlGroup: pid => groups.get(pid) ?? '/supervisor' }
}

test('one in the control group of the program', async t => {
  const { pid, detached: [detached = 0] } = await startSupervisor(t, { fork: `(OTHER=1 setsid sleep 2000 ${QUIET} &)` })
  t.strictSame(familyOf(pid, {}, withControlGroups(new Map([[pid, '/x'], [detached, '/x']]))), [pid, detached].sort())
  t.strictSame(familyOf(pid, {}, withControlGroups(new Map())), [pid], 'it is the one of the supervisor')
})

test('a child in a session of its own, also when its parent is another one', async t => {
  const { pid, detached: [child = 0] } = await startSupervisor(t, { fork: `setsid sleep 2000 ${QUIET} &` })
  const family = captureFamily(info(pid))
  t.strictSame(family?.survivors().sort(), [pid, child].sort())
  process.kill(pid, 'SIGKILL')
  await until('the leader ends', () => !isAlive(pid))
  t.strictSame(family?.survivors(), [child])
})

test('a process is that of the program only when its age fits', async t => {
  const { pid } = await startSupervisor(t, { fork: `setsid sleep 2000 ${QUIET} &` })
  const supervisord = { ...local, commandLine: () => ['/usr/bin/python3', '/usr/bin/supervisord'] }
  const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString()
  const cases: Array<[Partial<ProcessInfo>, ProcessTable, boolean]> = [
    [{}, local, true],
    [{ uptime_seconds: 0 }, local, true],
    [{ started_at: ago(0) }, local, true],
    [{ started_at: ago(60) }, local, false],
    [{ uptime_seconds: 60 }, local, false],
    // Go tells when it began to try, and this is a later attempt.
    [{ uptime_seconds: 60 }, supervisord, true],
    [{ started_at: ago(-60) }, supervisord, false],
  ]
  for (const [facts, processes, isIts] of cases) {
    t.equal(findLocal(info(pid, facts), processes) !== null, isIts, JSON.stringify(facts))
  }
})

test('an unreadable process table leaves facts unknown', async t => {
  const pid = 2 ** 22 + 5
  t.strictSame([local.environment(pid), local.pipes(pid, 'all'), local.pipes(pid, 'standard')], [[], [], []])
  t.strictSame([local.controlGroup(pid), local.executable(pid), local.entry(pid)], [null, null, null])
  t.strictSame(local.commandLine(pid), [])
  t.strictSame(createProcessTable({ folder: path.join(t.testdir(), 'missing') }).entries(), [])
  t.strictSame(
    createProcessTable({ folder: t.testdir({ 7: { cgroup: '1:name=systemd:/\n' } }) }).controlGroup(7),
    null,
    'cgroup v1'
  )
  const { pid: leader } = await startSupervisor(t, { fork: `setsid sleep 2000 ${QUIET} &` })
  const own = {
    ...local, entry: (asked: number) => (asked === leader ? { ...must(local.entry(leader)), session: leader } : null)
  }
  t.ok(familyOf(leader, {}, own).includes(leader), 'the supervisor is hidden')
})

function must<T> (value: T | null): T {
  if (value === null) throw new Error('it is not there')
  return value
}
