import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Test, test } from 'tap'
import { freePort } from '../../../tools/demo/free-port.js'
import { createCtlSupervisor } from '../../../src/supervisor/ctl/driver.js'
import type { Supervisor } from '../../../src/supervisor/supervisor.js'
import { createXmlRpcSupervisor } from '../../../src/supervisor/xml-rpc/driver.js'
import { configFiles } from '../../supervisord/launch.js'
import { runDaemon, skipWithout, type SupervisorName } from '../real/daemon.js'
import { isAlive } from '../real/processes.js'
import { silent } from '../recorded/replay.js'

const SHIPPED = fileURLToPath(new URL('../../../supervisord', import.meta.url))
const PROGRAM = 'kalypso-generator'

interface Place { folder: string, port: number }

/** The shipped file in a folder of its own. Only its port and its folder of logs and sockets differ. */
async function settle (t: Test, name: SupervisorName, file: string): Promise<Place> {
  const folder = mkdtempSync(path.join(tmpdir(), 'supervisor-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const port = await freePort()
  for (const script of ['rehearsal-generator.mjs', 'rehearsal-config.mjs']) {
    copyFileSync(path.join(SHIPPED, script), path.join(folder, script))
  }
  for (const [config, content] of Object.entries(configFiles())) writeFileSync(path.join(folder, config), content)
  const configuration = path.join(folder, 'supervisord.conf')
  writeFileSync(
    configuration,
    readFileSync(path.join(SHIPPED, file), 'utf8')
      .replaceAll('127.0.0.1:9001', `127.0.0.1:${port}`)
      .replaceAll('/tmp/', `${folder}/`)
  )
  const address = file.startsWith('go') ? `http://127.0.0.1:${port}` : `unix://${folder}/python-supervisord.sock`
  await (
    await runDaemon(t, { name, home: folder, configuration, address, environment: { CONFIG_DIR: folder } })
  ).start()
  return { folder, port }
}

async function rehearse (t: Test, supervisor: Supervisor, hasLogs: boolean): Promise<void> {
  t.teardown(() => supervisor.close())
  t.strictSame(await supervisor.programs(), [PROGRAM])
  t.match(await supervisor.status(PROGRAM), { state: 'STOPPED', started_at: null })
  const { outcome, process } = await supervisor.start(PROGRAM)
  t.equal(outcome, 'done')
  const [first] = await supervisor.logs(PROGRAM, { lines: 100, stream: 'stdout' }) ?? []
  t.match(String(first), hasLogs ? /it makes no proofs/ : 'undefined')
  t.equal((await supervisor.restart(PROGRAM)).outcome, 'done')
  t.notOk(isAlive(Number(process.pid)))
  t.equal((await supervisor.stop(PROGRAM)).outcome, 'done')
}

test('go-supervisord.conf, XML-RPC', { skip: skipWithout('go-0.7.3') }, async t => {
  const { port } = await settle(t, 'go-0.7.3', 'go-supervisord.conf')
  await rehearse(
    t,
    createXmlRpcSupervisor({ url: `http://127.0.0.1:${port}`, operationTimeoutMs: 9_000, log: silent }),
    true
  )
})

test('go-supervisord.conf, ctl', { skip: skipWithout('go-0.7.3') }, async t => {
  const { folder } = await settle(t, 'go-0.7.3', 'go-supervisord.conf')
  await rehearse(
    t,
    createCtlSupervisor({
      executable: path.join(folder, 'supervisord'), operationTimeoutMs: 9_000, environment: process.env, log: silent
    }),
    false
  )
})

test('python-supervisord.conf', { skip: skipWithout('python-4.2.5') }, async t => {
  const { folder } = await settle(t, 'python-4.2.5', 'python-supervisord.conf')
  await rehearse(
    t,
    createXmlRpcSupervisor({ url: `unix://${folder}/python-supervisord.sock`, operationTimeoutMs: 9_000, log: silent }),
    true
  )
})
