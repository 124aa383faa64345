import { execFileSync } from 'node:child_process'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'tap'
import type { LogStream } from '../../../schemas/logs.js'
import type { LogBatch, Supervisor } from '../../../src/supervisor/supervisor.js'
import { linesOf } from '../../fixtures/log-lines.js'
import { build, fixture, section, until } from './helper.js'

async function logsWith (
  supervisor: Supervisor,
  wanted: string,
  stream: LogStream = 'stdout',
  program = 'generator'
): Promise<string[]> {
  return await until(wanted, async () => {
    const lines = await supervisor.logs(program, { lines: 2_000, stream })
    return lines?.includes(wanted) === true && lines
  })
}

test('memory keeps the newest lines if there is no file, an unfinished last line too', async (t) => {
  const { supervisor } = await build(
    t,
    section('generator', { command: fixture('speak', '1500', 'no-end'), startsecs: 0 })
  )
  t.strictSame(await supervisor.logs('generator', { lines: 10, stream: 'stdout' }), [])
  await supervisor.start('generator')
  const lines = await logsWith(supervisor, 'no-end')
  t.equal(lines.length, 1_501)
  t.strictSame(lines.slice(-2), ['line 1500', 'no-end'])
  t.equal(lines[0], 'line 1')
  t.strictSame(await supervisor.logs('generator', { lines: 2, stream: 'stdout' }), ['line 1500', 'no-end'])
  t.strictSame(await supervisor.logs('generator', { lines: 0, stream: 'stdout' }), [])
  t.strictSame(await logsWith(supervisor, 'an error line', 'stderr'), ['an error line'])
  await supervisor.stop('generator')
  t.equal((await logsWith(supervisor, 'no-end')).length, 1_501, 'the ended line counts as one')
})

test('redirect_stderr', async (t) => {
  const { supervisor } = await build(
    t,
    section('generator', { command: fixture('speak', '1'), startsecs: 0, redirect_stderr: true })
  )
  await supervisor.start('generator')
  await logsWith(supervisor, 'line 1')
  await logsWith(supervisor, 'an error line')
  t.strictSame(await supervisor.logs('generator', { lines: 10, stream: 'stderr' }), [])
})

test('follow gives new lines of every run until the signal aborts', async (t) => {
  const { supervisor } = await build(t, section('generator', { command: fixture('speak', '2'), startsecs: 0 }))
  const controller = new AbortController()
  const lines: string[] = []
  const reading = (async () => {
    for await (const line of linesOf(
      (await supervisor.follow('generator', { stream: 'stdout', signal: controller.signal }))!
    )) {
      lines.push(line)
    }
  })()
  await supervisor.start('generator')
  await until('both lines', () => lines.length === 2)
  await supervisor.restart('generator')
  await until('both lines again', () => lines.length === 4)
  controller.abort()
  await reading
  t.strictSame(lines, ['line 1', 'line 2', 'line 1', 'line 2'])
})

test('follow begins with the last lines, or behind a position, and misses none', async (t) => {
  const { supervisor } = await build(
    t,
    section('generator', { command: fixture('speak', '3000', 'unfin'), startsecs: 0 })
  )
  const { signal } = new AbortController()
  await supervisor.start('generator')
  await until(
    'all lines',
    async () => (await supervisor.logs('generator', { lines: 2, stream: 'stdout' }))?.[0] === 'line 3000'
  )
  const take = async (options: { lines?: number, after?: string }): Promise<LogBatch> => {
    const batches = (await supervisor.follow('generator', { stream: 'stdout', signal, ...options }))!
    return (await batches[Symbol.asyncIterator]().next()).value
  }
  const last = await take({ lines: 3 })
  t.match(last, { lines: ['line 2998', 'line 2999', 'line 3000'], positions: Array(3).fill(/^[0-9a-f]{8}-\d+$/u) })
  const positions = 'positions' in last ? last.positions : []
  t.match(await take({ after: positions[0] ?? '' }), {
    lines: ['line 2999', 'line 3000'], positions: positions.slice(1)
  })
  t.strictSame(await take({ after: '00000000-7' }), { notice: 'gap' }, 'a position of another service')
  t.strictSame(
    await take({ after: `${positions[0]?.slice(0, 8)}-99999999` }),
    { notice: 'gap' },
    'a position that is not there yet'
  )
  t.strictSame(await take({ after: 'nonsense' }), { notice: 'gap' })
  const heard: string[] = []
  const behind = await supervisor.follow('generator', { stream: 'stdout', signal, after: positions[2] })
  const listening = (async () => { for await (const line of linesOf(behind!)) heard.push(line) })()
  await supervisor.restart('generator')
  await until('the second run', () => heard.at(-1) === 'line 3000')
  await supervisor.close()
  await listening
  t.strictSame(heard.slice(0, 2), ['unfin', 'line 1'], 'the end of a run ends its line')
  t.equal(heard.length, 3_002)
})

test('a follower that does not read is sent away, and told so; the program goes on', async (t) => {
  const { supervisor } = await build(
    t,
    section('generator', {
      command: `/bin/sh -c "yes ${'line'.repeat(100)} | head -n 30000; echo end; exec sleep 1000"`, startsecs: 0
    })
  )
  const { signal } = new AbortController()
  const deaf = await supervisor.follow('generator', { stream: 'stdout', signal })
  await supervisor.start('generator')
  await until(
    'all lines',
    async () => (await supervisor.logs('generator', { lines: 1, stream: 'stdout' }))?.[0] === 'end'
  )
  const heard: string[] = []
  for await (const line of linesOf(deaf!)) heard.push(line)
  t.equal(heard.at(-1), '[dropped]')
  t.ok(heard.length > 5_000 && heard.length < 30_000, `${heard.length} lines`)
})

test('close ends a follow', async (t) => {
  const { supervisor } = await build(t, section('generator', { command: fixture('stay') }))
  const lines = await supervisor.follow('generator', { stream: 'stderr', signal: new AbortController().signal })
  await supervisor.close()
  for await (const line of linesOf(lines!)) t.fail(line)
})

test('a log file is private, appended to and read from its end', async (t) => {
  const { supervisor, folder } = await build(
    t,
    section('generator', {
      command: fixture('speak', '3'),
      startsecs: 0,
      stdout_logfile: '%(here)s/out.log',
      stderr_logfile: '%(here)s/error.log',
    })
  )
  const file = path.join(folder, 'out.log')
  await writeFile(file, 'from before\n', { mode: 0o644 })
  await supervisor.start('generator')
  t.strictSame(await logsWith(supervisor, 'line 3'), ['from before', 'line 1', 'line 2', 'line 3'])
  t.strictSame(await supervisor.logs('generator', { lines: 1, stream: 'stdout' }), ['line 3'])
  t.strictSame(await supervisor.logs('generator', { lines: 0, stream: 'stdout' }), [])
  await logsWith(supervisor, 'an error line', 'stderr')
  for (const name of ['out.log', 'error.log']) t.equal((await stat(path.join(folder, name))).mode & 0o777, 0o600)
  t.equal(await readFile(file, 'utf8'), 'from before\nline 1\nline 2\nline 3\n')
  await supervisor.stop('generator')
  await writeFile(file, '')
  t.strictSame(await supervisor.logs('generator', { lines: 5, stream: 'stdout' }), [])
  await writeFile(file, `${'x'.repeat(2 * 1024 ** 2)}\nlast\n`)
  t.strictSame(await supervisor.logs('generator', { lines: 5, stream: 'stdout' }), ['last'], 'a cut line is left out')
})

test('rotation at maxbytes', async (t) => {
  const { supervisor, folder } = await build(
    t,
    section('generator', {
      command: fixture('speak', '1'),
      startsecs: 0,
      stdout_logfile: '%(here)s/out.log',
      stdout_logfile_maxbytes: 14,
      stdout_logfile_backups: 2,
    })
  )
  const content = async (name: string): Promise<string | null> =>
    await readFile(path.join(folder, name), 'utf8').catch(() => null)
  let runs = 0
  const runOnce = async (): Promise<void> => {
    runs += 1
    await supervisor.start('generator')
    await until(
      "the run's last line",
      async () => (await supervisor.logs('generator', { lines: 100, stream: 'stderr' }))?.length === runs
    )
    await supervisor.stop('generator')
  }
  await runOnce()
  t.equal(await content('out.log'), 'line 1\n')
  await runOnce()
  t.equal(await content('out.log.1'), 'line 1\nline 1\n')
  t.equal(await content('out.log'), null)
  t.strictSame(
    await supervisor.logs('generator', { lines: 9, stream: 'stdout' }),
    ['line 1', 'line 1'],
    'memory helps until the new file is there'
  )
  await rename(path.join(folder, 'out.log.1'), path.join(folder, 'out.log.2'))
  for (let run = 0; run < 4; run++) await runOnce()
  t.equal(await content('out.log.1'), 'line 1\nline 1\n')
  t.equal(await content('out.log.2'), 'line 1\nline 1\n')
  t.equal(await content('out.log.3'), null)
})

test('rotation without backups begins anew', async (t) => {
  const { supervisor, folder } = await build(
    t,
    section('generator', {
      command: fixture('speak', '1'),
      startsecs: 0,
      stdout_logfile: '%(here)s/out.log',
      stdout_logfile_maxbytes: 5,
      stdout_logfile_backups: 0,
    })
  )
  await supervisor.start('generator')
  await logsWith(supervisor, 'line 1')
  await supervisor.stop('generator')
  await t.rejects(stat(path.join(folder, 'out.log')), { code: 'ENOENT' })
  await t.rejects(stat(path.join(folder, 'out.log.1')), { code: 'ENOENT' })
})

test('a file that cannot be written is warned of once, the lines are in memory', async (t) => {
  const { supervisor, folder, entries } = await build(t, section('generator', {
    command: fixture('speak', '3'), startsecs: 0, stdout_logfile: '%(here)s/no-folder/out.log',
  }))
  const warnings = (): object[] => entries.filter(({ level }) => level === 'warn')
  for (let run = 0; run < 2; run++) {
    await supervisor.start('generator')
    await until('the last line of the run', async () => {
      const lines = await supervisor.logs('generator', { lines: 100, stream: 'stdout' })
      return lines?.filter((line) => line === 'line 3').length === run + 1
    })
    await supervisor.stop('generator')
  }
  t.match(warnings(), [{ details: { file: `${folder}/no-folder/out.log`, code: 'ENOENT' } }])
  t.equal(warnings().length, 1)
  await mkdir(path.join(folder, 'no-folder'))
  await supervisor.start('generator')
  await until(
    'the file',
    async () => (await readFile(path.join(folder, 'no-folder/out.log'), 'utf8').catch(() => '')) !== ''
  )
  await supervisor.stop('generator')
  t.equal(warnings().length, 1)
})

test('a rotation that fails is warned of', async (t) => {
  const { supervisor, folder, entries } = await build(
    t,
    section('generator', {
      command: fixture('speak', '3'),
      startsecs: 0,
      stdout_logfile: '%(here)s/out.log',
      stdout_logfile_maxbytes: 5,
      stdout_logfile_backups: 1,
    })
  )
  await mkdir(path.join(folder, 'out.log.1'))
  await supervisor.start('generator')
  await until('the warning', () => entries.some(({ level }) => level === 'warn'))
  t.match(entries.find(({ level }) => level === 'warn'), { details: { code: 'EISDIR' } })
  await rm(path.join(folder, 'out.log.1'), { recursive: true })
})

test('a device as log file: written to, read from memory', async (t) => {
  const { supervisor, folder, entries } = await build(t, [
    section('generator', {
      command: fixture('speak', '3'), startsecs: 0, stdout_logfile: '/dev/null', stdout_logfile_maxbytes: 1
    }),
    section('piped', { command: fixture('speak', '3'), startsecs: 0, stdout_logfile: '%(here)s/pipe' }),
  ].join(''))
  execFileSync('mkfifo', [path.join(folder, 'pipe')])
  await supervisor.start('generator')
  t.strictSame(await logsWith(supervisor, 'line 3'), ['line 1', 'line 2', 'line 3'])
  await supervisor.start('piped')
  await until('the warning', () => entries.some(({ details }) => details['code'] === 'ENXIO'))
  t.strictSame(
    await logsWith(supervisor, 'line 3', 'stdout', 'piped'),
    ['line 1', 'line 2', 'line 3'],
    'a pipe that nobody reads holds nothing up'
  )
})

test('NONE and AUTO keep no file', async (t) => {
  const { supervisor } = await build(t, section('generator', {
    command: fixture('speak', '3'), startsecs: 0, stdout_logfile: 'NONE', stderr_logfile: 'AUTO',
  }))
  await supervisor.start('generator')
  await logsWith(supervisor, 'line 3')
  await logsWith(supervisor, 'an error line', 'stderr')
})
