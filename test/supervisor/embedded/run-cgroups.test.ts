import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test, type Test } from 'tap'
import { createRunCgroups, ownCgroupFolder } from '../../../src/supervisor/embedded/process/run-cgroups.js'
import {
  build, createTestCgroups, createTestLog, firstLine, fixture, isAlive, section, temporaryFolder, until, type Setup
} from './helper.js'

const HIDDEN = section('generator', {
  command: fixture('family', 'stay', 'lost', 'deaf', 'bare'), startsecs: 0, stopwaitsecs: 0.5
})
const NONE =
  'programs get no cgroups: a process that leaves its session, its parent and its environment cannot be found'
/**
 * Each process of this chain begins the next one in a session of its own, and ends. No look at the process table sees
 * its newest.
 */
const CHAIN = '#!/bin/sh\n[ "$1" = link ] || { setsid "$0" link & exec sleep 1000; }\nsetsid "$0" link &\n'

/** CI allows everything, so that the tests run there in full. */
const SKIP = createTestCgroups() !== null ? false : 'no writable cgroup of version 2 on this machine'

/** Moves this process into a cgroup that no other test uses. The test's programs get their cgroups within. */
function enterOwnCgroup (t: Test): string {
  const own = String(ownCgroupFolder())
  const folder = path.join(own, `test-${randomUUID()}`)
  mkdirSync(folder)
  writeFileSync(path.join(folder, 'cgroup.procs'), String(process.pid))
  t.after(() => {
    writeFileSync(path.join(own, 'cgroup.procs'), String(process.pid))
    rmdirSync(folder)
  })
  return folder
}

function cgroupsIn (folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('generator-client-'))
}

async function startHidden (t: Test, { supervisor }: Setup): Promise<Record<string, number>> {
  await supervisor.start('generator')
  const children: Record<string, number> = JSON.parse(await firstLine(supervisor, 'generator'))
  t.teardown(() => { for (const pid of Object.values(children).filter(isAlive)) process.kill(pid, 'SIGKILL') })
  await until('the end of its parent', () => parentOf(children['lost']) === 1)
  return children
}

test('a process without session, parent and environment ends with its program, or the log names it lost', async t => {
  const setup = await build(t, HIDDEN)
  const { lost, ...others } = await startHidden(t, setup)
  t.match(await setup.supervisor.stop('generator'), {
    outcome: 'done', process: { state: 'STOPPED', description: null }
  })
  for (const [kind, pid] of Object.entries(others)) t.notOk(isAlive(pid), `${kind} is gone`)
  t.equal(isAlive(lost), !hasCgroups(setup))
})

test('a chain of processes that is never seen whole', async (t) => {
  const setup = await build(
    t,
    section('generator', { command: '%(here)s/chain.sh', startsecs: 0.3, stopwaitsecs: 0.3 })
  )
  writeFileSync(path.join(setup.folder, 'chain.sh'), CHAIN, { mode: 0o700 })
  t.match(await setup.supervisor.start('generator'), { outcome: 'done' })
  const links = (): string[] =>
    readdirSync('/proc').filter(pid => /^\d+$/u.test(pid) && commandLineOf(pid).includes(setup.folder))
  await until('a link', () => links().length > 0)
  if (!hasCgroups(setup)) writeFileSync(path.join(setup.folder, 'chain.sh'), '')
  t.match(await setup.supervisor.stop('generator'), { outcome: 'done', process: { state: 'STOPPED' } })
  for (let look = 0; look < 20; look++) t.strictSame(links(), [])
})

test('no cgroup outlives its run, nor a spawn that failed', { skip: SKIP }, async (t) => {
  const folder = enterOwnCgroup(t)
  const { supervisor } = await build(
    t,
    section('generator', { command: fixture('stay') }) + section('missing', { command: '/nowhere', startretries: 0 }),
    { cgroupFolder: folder }
  )
  const { process: { pid } } = await supervisor.start('generator')
  const [name] = cgroupsIn(folder)
  t.match(readFileSync(`/proc/${pid}/cgroup`, 'utf8'), `/${name}\n`)
  t.equal(readFileSync(path.join(folder, String(name), 'cgroup.procs'), 'utf8'), `${pid}\n`, 'the service is not in it')
  // A program may do this that is itself a service like this one.
  mkdirSync(path.join(folder, String(name), 'inner'))
  t.match(await supervisor.start('missing'), { outcome: 'failed' })
  t.strictSame(cgroupsIn(folder), [name])
  await supervisor.stop('generator')
  t.strictSame(cgroupsIn(folder), [])
})

test('a program whose cgroup cannot be made runs without', { skip: SKIP }, async (t) => {
  const folder = enterOwnCgroup(t)
  const setup = await build(t, section('generator', { command: fixture('stay') }), { cgroupFolder: folder })
  writeFileSync(path.join(folder, 'cgroup.max.descendants'), '0')
  t.match(await setup.supervisor.start('generator'), { outcome: 'done' })
  t.match(
    setup.entries.filter(({ level }) => level === 'warn'),
    [{ message: 'the program gets no cgroup', details: { err: { code: 'EAGAIN' } } }]
  )
  t.match(await setup.supervisor.stop('generator'), { outcome: 'done' })
})

test('the process table is searched if there are no cgroups', async (t) => {
  const setup = await build(t, HIDDEN, { cgroupFolder: null })
  t.match(
    setup.entries.filter(({ message }) => message === NONE),
    [{ level: 'info', details: { reason: 'no cgroup of version 2 is mounted' } }]
  )
  const { lost, ...others } = await startHidden(t, setup)
  t.match(await setup.supervisor.stop('generator'), { outcome: 'done' })
  for (const [kind, pid] of Object.entries(others)) t.notOk(isAlive(pid), `${kind} is gone`)
  t.ok(isAlive(lost), 'nothing tells whose this one is')
})

test('a folder that is no cgroup of the service', async (t) => {
  const folder = await temporaryFolder(t)
  const { log, entries } = createTestLog()
  t.equal(createRunCgroups({ folder, log }), null)
  t.match(entries, [{ message: NONE, details: { reason: /^ENOENT: .*cgroup\.procs/u } }])
  t.strictSame(readdirSync(folder), [])
})

test('the own cgroup, as the kernel writes it', async (t) => {
  const proc = await temporaryFolder(t)
  const find = (cgroup: string, mountinfo: string): string | null => {
    writeFileSync(path.join(proc, 'cgroup'), cgroup)
    writeFileSync(path.join(proc, 'mountinfo'), mountinfo)
    return ownCgroupFolder({ proc })
  }
  const mount = (root: string): string =>
    `30 24 0:26 ${root} /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n`
  t.equal(find('0::/system.slice/a.service\n', mount('/')), '/sys/fs/cgroup/system.slice/a.service')
  t.equal(find('4:memory:/x\n0::/\n', `29 24 0:25 / /sys rw - sysfs sysfs rw\n${mount('/')}`), '/sys/fs/cgroup')
  t.equal(find('0::/docker/7/app\n', mount('/docker/7')), '/sys/fs/cgroup/app')
  t.equal(find('0::/docker/8\n', mount('/docker/7')), null)
  t.equal(find('4:memory:/x\n', mount('/')), null)
  t.equal(find('0::/\n', ''), null)
  t.equal(ownCgroupFolder({ proc: path.join(proc, 'nowhere') }), null)
})

function hasCgroups ({ entries }: Setup): boolean {
  return entries.every(({ message }) => message !== NONE)
}

function parentOf (pid: number | undefined): number {
  return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) \S+ /su, '').split(' ')[0])
}

function commandLineOf (pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
