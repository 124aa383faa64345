import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { test } from 'tap'
import { setup } from '../../fixtures/configuration.js'
import { build } from '../../helper.js'
import { startDaemon } from '../real/daemon.js'
import { isAlive, until } from '../real/processes.js'

const OPTIONS = 'autostart=false\nautorestart=false\nstartsecs=1\nstartretries=1\nstopsignal=TERM\nstopwaitsecs=3\n'
const programs = (): string =>
  `[program:kalypso-generator]\ncommand=/bin/sleep 1000\n${OPTIONS}[program:listener]\ncommand=/bin/sh -c "(setsid sleep 1000 &); exec sleep 1000"\n${OPTIONS}`

test('routes behind a supervisord that is killed, and one whose program forks a daemon', async t => {
  const daemon = await startDaemon(t, { name: 'stand-in', transport: 'http', programs })
  const folder = t.testdir()
  const variables = { SUPERVISORD_URL: daemon.url, OPERATION_TIMEOUT_MS: '20000' }
  const first = await build(t, { folder, variables })
  await first.generateApiKey()
  t.equal((await first.send('POST', '/api/generatorConfigSetup', setup)).statusCode, 200)
  const started = await first.send('POST', '/api/startGenerator')
  t.equal(started.statusCode, 200)
  const { pid } = started.json().process
  const records = readdirSync(folder).filter(name => name.startsWith('supervisord-'))
  t.equal(records.length, 1)
  t.equal(statSync(path.join(folder, String(records[0]))).mode & 0o777, 0o600)

  await daemon.kill()
  await daemon.start()
  const sentence = `Generator still runs as process ${pid}, which its supervisord has lost: a stop ends it.`
  const status = (await first.send('GET', '/api/getGeneratorStatus')).json()
  t.match(status, {
    message: 'Generator status fetched', data: sentence, process: { state: 'STOPPED', pid: null, orphan_pids: [pid] }
  })
  const message = `kalypso-generator still runs as process ${pid}, because its supervisord ended ` +
    'without stopping it. Stop the program, which ends that process, then start it again'
  for (const route of ['startGenerator', 'restartGenerator']) {
    const refused = await first.send('POST', `/api/${route}`)
    t.equal(refused.statusCode, 409)
    t.strictSame(refused.json(), {
      status: 'error', statusCode: 409, code: 'PROGRAM_ORPHANED', message, data: { pid, pids: [pid] }
    })
  }
  t.ok(isAlive(pid))
  const stopped = await first.send('POST', '/api/stopGenerator')
  t.equal(stopped.statusCode, 200)
  t.match(stopped.json(), { message: 'Generator stopped', data: null, process: { pid: null } })
  t.notOk('orphan_pids' in stopped.json().process)
  t.notOk(isAlive(pid))

  t.equal((await first.send('POST', '/api/startProgram', { program_name: 'listener' })).statusCode, 200)
  const left = await first.send('POST', '/api/stopProgram', { program_name: 'listener' })
  t.equal(left.statusCode, 500)
  const { pids } = left.json().data
  t.equal(pids.length, 1)
  t.ok(isAlive(pids[0]))
  t.strictSame(
    { ...left.json(), message: '' },
    {
      status: 'error',
      statusCode: 500,
      code: 'PROGRAM_STOP_FAILED',
      message: '',
      data: { state: left.json().data.state, exit_code: null, exit_signal: null, log_tail: [], pids },
    }
  )
  t.match(left.json().message, `(pid ${pids[0]})`)
  process.kill(pids[0], 'SIGKILL')
  await until('it ends', () => !isAlive(pids[0]))
  t.equal((await first.send('POST', '/api/stopProgram', { program_name: 'listener' })).statusCode, 200)
})
