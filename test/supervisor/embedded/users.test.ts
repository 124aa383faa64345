import { chmod, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { test, type Test } from 'tap'
import type { Supervisor } from '../../../src/supervisor/supervisor.js'
import { build, isAlive, section, until } from './helper.js'

const notRoot = process.geteuid!() !== 0 && 'only root can become another user'

/** A program that prints its own process's fields, then becomes another one that stays. */
const TELL = 'sh -c "grep -E \'^(Pid|Uid|Gid|Groups|Umask):\' /proc/$$/status; exec sleep 60"'

/** The fields of proc(5)'s status that the program printed. */
async function toldBy (supervisor: Supervisor, program: string): Promise<Record<string, string>> {
  const lines = await until(`what ${program} tells`, async () => {
    const found = await supervisor.logs(program, { lines: 9, stream: 'stdout' })
    return found?.length === 5 && found
  })
  return Object.fromEntries(
    lines.map(line => line.split(/:\s*/u)).map(([name = '', value = '']) => [name, value.trim()])
  )
}

/** The folder of a setup is private to this user. */
async function openToOthers (t: Test, folder: string): Promise<void> {
  await chmod(folder, 0o711)
  t.ok(await stat(folder))
}

test('user: the process, its groups and its pid are as if it had been started so', { skip: notRoot }, async (t) => {
  const { supervisor } = await build(t, [
    section('generator', { command: TELL, user: 'nobody', startsecs: 0 }),
    section('grouped', { command: TELL, user: 'nobody:daemon', umask: '0027', startsecs: 0 }),
    section('own', { command: TELL, user: 'root', startsecs: 0 }),
  ].join(''))
  for (const [program, expected] of [
    ['generator', { Uid: '65534\t65534\t65534\t65534', Gid: '65534\t65534\t65534\t65534', Groups: '65534' }],
    ['grouped', { Uid: '65534\t65534\t65534\t65534', Gid: '1\t1\t1\t1', Umask: '0027' }],
    ['own', { Uid: '0\t0\t0\t0' }],
  ] as const) {
    const { process: { pid } } = await supervisor.start(program)
    t.match(await toldBy(supervisor, program), { ...expected, Pid: String(pid) })
    t.match(await supervisor.stop(program), { outcome: 'done', process: { state: 'STOPPED', exit_signal: 'SIGTERM' } })
    t.notOk(isAlive(pid))
  }
})

test('umask: of [supervisord], of a program, and as it was', async (t) => {
  const inherited = (await readFile('/proc/self/status', 'utf8')).match(/^Umask:\s*(\d+)$/mu)?.[1]
  const { supervisor } = await build(t, [
    '[supervisord]\numask=077\n',
    section('common', { command: TELL, startsecs: 0 }),
    section('own', { command: TELL, umask: '002', startsecs: 0 }),
  ].join(''))
  const { supervisor: other } = await build(t, section('inherited', { command: TELL, startsecs: 0 }))
  for (const [runs, program, umask] of [
    [supervisor, 'common', '0077'],
    [supervisor, 'own', '0002'],
    [other, 'inherited', inherited],
  ] as const) {
    const { process: { pid } } = await runs.start(program)
    t.match(await toldBy(runs, program), { Umask: umask, Pid: String(pid) })
    t.match(await runs.stop(program), { outcome: 'done' })
  }
  t.match(
    await readFile('/proc/self/status', 'utf8'),
    new RegExp(`^Umask:\\s*${inherited}$`, 'mu'),
    'the umask of the service is as it was'
  )
})

test('arguments are given on as they are', async (t) => {
  const { supervisor } = await build(
    t,
    section('generator', {
      command: 'printf "%%s|" "$HOME" "a b" -e "" "*" ";" --', umask: '022', startsecs: 0, autorestart: false
    })
  )
  await supervisor.start('generator')
  await until(
    'the arguments',
    async () => (await supervisor.logs('generator', { lines: 1, stream: 'stdout' }))?.[0] === '$HOME|a b|-e||*|;|--|'
  )
})

test('a command that is missing fails the start, and the last words name it', { skip: notRoot }, async (t) => {
  const { supervisor } = await build(t, [
    section('masked', { command: '/nowhere/prover', umask: '022', startretries: 0 }),
    section('other', { command: '/nowhere/prover', user: 'nobody', startretries: 0 }),
  ].join(''))
  t.match(await supervisor.start('masked'), {
    outcome: 'failed', process: { exit_code: 127 }, log_tail: ['cannot run /nowhere/prover: No such file or directory']
  })
  t.match(await supervisor.start('other'), {
    outcome: 'failed', process: { exit_code: 127 }, log_tail: [/^setpriv: .*\/nowhere\/prover/u]
  })
})

test('another user cannot read what is for the service alone', { skip: notRoot }, async (t) => {
  const { supervisor, folder, stateFolder } = await build(
    t,
    section('generator', {
      command: 'cat state/secret', directory: '%(here)s', user: 'nobody', startretries: 0, autorestart: false
    })
  )
  await openToOthers(t, folder)
  t.equal((await stat(stateFolder)).mode & 0o777, 0o700)
  t.match(await supervisor.start('generator'), { outcome: 'failed', log_tail: [/Permission denied/u] })
  t.equal(path.dirname(stateFolder), folder)
})
