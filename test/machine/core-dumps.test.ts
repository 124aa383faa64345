import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { emptyCoreDumps } from '../../src/machine/core-dumps.js'
import { startService } from '../service-process.js'

const run = promisify(execFile)
/** gcore leaves out what the process's own filter excludes, like a crash. */
const hasGcore = spawnSync('gcore', ['-h']).status !== null
const MODULE = JSON.stringify(new URL('../../dist/src/machine/core-dumps.js', import.meta.url).href)
// The process puts the canary together, so that its arguments do not have it.
const CANARY = 'fedcba9876543210CANARY'
const KEEP_CANARY =
  "globalThis.canary = Buffer.from([...'YRANAC0123456789abcdef'].reverse().join('')); " +
  "process.stdout.write('up'); setInterval(() => {}, 1000)"

t.test('no memory is in a core dump', { skip: !hasGcore && 'needs gcore, which comes with gdb' }, async t => {
  t.equal(await coreHasCanary(t, KEEP_CANARY), true, 'without the filter it is')
  t.equal(
    await coreHasCanary(
      t,
      `import { emptyCoreDumps } from ${MODULE}; await emptyCoreDumps({ log: console }); ${KEEP_CANARY}`
    ),
    false
  )
})

t.test('the service has the filter, and its programs inherit it', async t => {
  const folder = t.testdir({ 'supervisord.conf': '[program:kalypso-generator]\ncommand=sleep 60\nstartsecs=0\n' })
  const service = await startService(t, {
    folder: join(folder, 'data'), variables: { SUPERVISORD_CONF: join(folder, 'supervisord.conf') }
  })
  const readChildren = async () =>
    (await readFile(`/proc/${service.child.pid}/task/${service.child.pid}/children`, 'utf8')).match(/\d+/g)
  let children = await readChildren()
  for (; children === null; children = await readChildren()) await setTimeout(20)
  for (const pid of [service.child.pid, ...children]) {
    t.equal(await readFile(`/proc/${pid}/coredump_filter`, 'utf8'), '00000000\n')
  }
})

t.test('a missing filter is reported', async t => {
  const lines: string[] = []
  const filter = join(t.testdir(), 'none')
  await emptyCoreDumps({ filter, log: { warn: line => lines.push(line) } })
  t.same(lines, [
    `Core dumps would have secrets in them: ${filter} cannot be set (ENOENT). Run the service with ulimit -c 0`,
  ])
})

async function coreHasCanary (t: Test, program: string): Promise<boolean> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'] }
  })
  t.teardown(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const core = join(t.testdir(), 'core')
  await run('gcore', ['-o', core, String(child.pid)])
  child.kill('SIGKILL')
  return await contains(`${core}.${child.pid}`, CANARY)
}

/** A core may have hundreds of megabytes. */
async function contains (path: string, text: string): Promise<boolean> {
  let rest = ''
  for await (const chunk of createReadStream(path, { encoding: 'latin1', highWaterMark: 1 << 20 })) {
    const window: string = rest + chunk
    if (window.includes(text)) return true
    rest = window.slice(-text.length)
  }
  return false
}
