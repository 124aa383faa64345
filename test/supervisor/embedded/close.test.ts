import { readdir } from 'node:fs/promises'
import { test } from 'tap'
import { build, firstLine, fixture, isAlive, section, until } from './helper.js'

test('close stops all programs, and starts nothing any more', async (t) => {
  const { supervisor } = await build(t, [
    section('one', { command: fixture('stay') }),
    section('two', { command: fixture('family', 'stay', 'away'), startsecs: 0 }),
    section('failing', { command: '/bin/false' }),
    section('never', { command: fixture('stay') }),
  ].join(''))
  const { process: { pid } } = await supervisor.start('one')
  await supervisor.start('two')
  const { away } = JSON.parse(await firstLine(supervisor, 'two'))
  await supervisor.start('failing')
  await supervisor.close()
  t.notOk(isAlive(pid))
  t.notOk(isAlive(away))
  for (const name of ['one', 'two', 'failing']) t.match(await supervisor.status(name), { state: 'STOPPED', pid: null })
  await t.rejects(supervisor.start('one').then(() => {}), { code: 'SERVICE_STOPPING', statusCode: 503 })
  await t.rejects(supervisor.restart('never').then(() => {}), { code: 'SERVICE_STOPPING' })
  t.match(await supervisor.stop('one'), { outcome: 'unchanged' })
  await supervisor.close()
})

test('close waits 8 s at most, also for a stop that is under way', async (t) => {
  const { supervisor } = await build(t, [
    section('stopping', { command: fixture('stay', '--ignore'), stopwaitsecs: 60 }),
    section('running', { command: fixture('stay', '--ignore'), stopwaitsecs: 60 }),
    section('quick', { command: fixture('stay', '--ignore'), stopwaitsecs: 0.3 }),
  ].join(''), { operationTimeoutMs: 1_000 })
  const pids = await Promise.all(['stopping', 'running', 'quick'].map(async (name) => {
    const { process: { pid } } = await supervisor.start(name)
    await firstLine(supervisor, name)
    return pid
  }))
  t.match(await supervisor.stop('stopping'), { outcome: 'pending' })
  const before = performance.now()
  const closing = supervisor.close()
  await until('the quick one', () => !isAlive(pids[2]))
  t.ok(performance.now() - before < 6_000, 'each has its own stopwaitsecs')
  await closing
  const took = performance.now() - before
  t.ok(took > 7_900 && took < 11_000, `${took} ms`)
  for (const pid of pids) t.notOk(isAlive(pid))
})

test('time that has passed before counts', async (t) => {
  const { supervisor } = await build(
    t,
    section('generator', { command: fixture('stay', '--ignore'), stopwaitsecs: 60 })
  )
  const { process: { pid } } = await supervisor.start('generator')
  await firstLine(supervisor, 'generator')
  const before = performance.now()
  await supervisor.close({ waitedMs: 7_500 })
  const took = performance.now() - before
  t.ok(took > 450 && took < 4_000, `${took} ms`)
  t.notOk(isAlive(pid))
})

test('close leaves nothing open', async (t) => {
  const descriptors = async (): Promise<number> => (await readdir('/proc/self/fd')).length
  const cycle = async (): Promise<void> => {
    const { supervisor } = await build(t, [
      section('one', { command: fixture('speak', '5', 'x'), startsecs: 0, stdout_logfile: '%(here)s/one.log' }),
      section('two', { command: '/bin/false' }),
    ].join(''))
    await supervisor.start('one')
    await supervisor.start('two')
    await supervisor.close()
  }
  await cycle()
  const before = await descriptors()
  for (let run = 0; run < 5; run++) await cycle()
  t.ok(await descriptors() <= before + 1, `${before} before, ${await descriptors()} after`)
  t.notOk(process.getActiveResourcesInfo().includes('ProcessWrap'))
})
