import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'tap'
import { createEmbeddedSupervisor } from '../../../src/supervisor/embedded/driver.js'
import { build, createTestLog, fixture, section, until, writeSetup } from './helper.js'

test('programs with autostart are spawned in the order of their priorities', async (t) => {
  const command = 'sh -c "echo %(program_name)s >> order; exec sleep 60"'
  const of = (name: string, priority: number, more = {}): string =>
    section(name, { command, directory: '%(here)s', startsecs: 0, autostart: true, priority, ...more })
  const { folder, entries } = await build(
    t,
    [
      of('third', 30),
      of('missing', 5, { command: '/nowhere/prover', startretries: 0 }),
      of('second', 20),
      of('first', 10),
      of('by-hand', 1, { autostart: false }),
    ].join('')
  )
  const spawned = await until('all three', () => {
    const names = entries
      .filter(({ message }) => message === 'program spawned')
      .map(({ details }) => details['program'])
    return names.length === 3 && names
  })
  t.strictSame(spawned, ['first', 'second', 'third'])
  await until(
    'their lines',
    async () => (await readFile(path.join(folder, 'order'), 'utf8').catch(() => '')).split('\n').length === 4
  )
})

test('a service that stops meanwhile starts no more of them', async (t) => {
  const { configurationFile, stateFolder } = await writeSetup(t, [
    section('first', { command: fixture('stay'), autostart: true, priority: 1 }),
    section('second', { command: fixture('stay'), autostart: true, priority: 2 }),
  ].join(''))
  const { log, entries } = createTestLog()
  const supervisor = await createEmbeddedSupervisor({
    configurationFile, stateFolder, operationTimeoutMs: 9_000, environment: {}, log
  })
  await supervisor.close()
  await until('the warning', () =>
    entries.some(({ level, message }) => level === 'warn' && message === 'not all programs with autostart were started')
  )
  t.notOk(entries.some(({ message, details }) => message === 'program spawned' && details['program'] === 'second'))
})

test('group:name is another name of a program', async (t) => {
  const { supervisor } = await build(t, [
    section('generator', {
      command: fixture('stay'), process_name: '%(program_name)s_%(process_num)02d', numprocs: 2, startsecs: 0
    }),
    section('alone', { command: fixture('stay'), startsecs: 0 }),
    '[group:provers]\nprograms=generator\n',
  ].join(''))
  t.strictSame(await supervisor.programs(), ['generator_00', 'generator_01', 'alone'])
  const started = await supervisor.start('provers:generator_01')
  t.match(started, { outcome: 'done', process: { name: 'generator_01', state: 'RUNNING' } })
  t.match(await supervisor.status('generator_01'), { pid: started.process.pid })
  t.match(await supervisor.status('alone:alone'), { name: 'alone', state: 'STOPPED' })
  for (const name of ['generator:generator_01', 'provers:alone', 'generator', 'provers:*']) {
    await t.rejects(supervisor.status(name), { code: 'PROGRAM_NOT_FOUND' }, name)
  }
})
