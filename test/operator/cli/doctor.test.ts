import { chmod, chown, readdir } from 'node:fs/promises'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { checkNode } from '../../../operator/cli/commands/doctor/machine.js'
import { checkClock } from '../../../operator/cli/commands/doctor/network.js'
import { setup } from '../../fixtures/configuration.js'
import { startHttpServer } from '../../fixtures/http-server.js'
import { build } from '../../helper.js'
import { runCli } from './run-cli.js'

interface Finding { name: string, result: string, message: string, remedy: string | null }

/** Runs doctor with a data folder, an enclave key and a port of their own. */
async function examine (folder: string, variables: NodeJS.ProcessEnv = {}) {
  const environment = {
    GENERATOR_CLIENT_PROFILE: '/nowhere/profile.json',
    CONFIG_DIR: folder,
    SECP_KEY_PATH: '/nowhere/secp.sec',
    PORT: '0',
    ...variables,
  }
  const { code, stdout, stderr } = await runCli(['doctor', '--json'], { environment })
  const { data: { healthy, checks } } = JSON.parse(stdout) as { data: { healthy: boolean, checks: Finding[] } }
  t.equal(stderr, '')
  t.equal(code, healthy ? 0 : 1)
  t.equal(healthy, checks.every(({ result }) => result !== 'fail'))
  for (const { result, remedy } of checks) {
    t.equal(remedy === null, ['pass', 'skipped'].includes(result), 'a remedy for each problem')
  }
  const find = (wanted: string) => {
    const { result, message = '', remedy } = checks.find(({ name }) => name === wanted) ?? {}
    return { result, message, remedy }
  }
  return { code, checks, find }
}

async function listening (t: Test, headers: Record<string, string> = {}, body = '') {
  const url = await startHttpServer(t, (_request, response) => { response.writeHead(200, headers).end(body) })
  return { url, port: new URL(url).port }
}

t.test('a machine where nothing is set up yet: warnings with the next step, and nothing is made', async t => {
  const folder = join(t.testdir(), 'data')
  const { code, checks } = await examine(folder)
  t.equal(code, 0)
  t.same(
    checks.slice(1).map(({ name, result }) => [name, result]),
    [
      ['Environment', 'pass'],
      ['Data folder', 'pass'],
      ['Configuration', 'warning'],
      ['API key', 'warning'],
      ['Enclave key', 'warning'],
      ['Supervisor', 'pass'],
      ['Port', 'pass'],
      ['RPC endpoint', 'skipped'],
      ['Clock', 'skipped'],
    ]
  )
  t.same(await readdir(join(folder, '..')), [])
  const { stdout } = await runCli(['doctor'], {
    environment: { CONFIG_DIR: folder, PORT: '0', GENERATOR_CLIENT_PROFILE: '/nowhere' },
  })
  t.match(stdout, /\n✓ {2}Environment +The variables can be used\n/)
  t.match(
    stdout,
    /\n! {2}API key +The service has issued no key yet\n +→ Start the service, then: generator-client init-key --save\n/
  )
  t.match(stdout, /\nChecks that failed: 0\. Warnings: \d\n$/)
})

t.test('versions of Node', async t => {
  for (const [version, result] of [
    ['18.20.0', 'fail'],
    ['20.18.3', 'fail'],
    ['20.19.0', 'warning'],
    ['22.0.0', 'pass'],
    ['24.11.1', 'pass'],
  ] as const) {
    t.equal(checkNode(version).result, result, version)
  }
})

t.test('a variable that cannot be used', async t => {
  const { code, checks, find } = await examine(t.testdir(), { PORT: 'x' })
  t.equal(code, 1)
  t.equal(checks.length, 2)
  t.match(find('Environment'), { result: 'fail', message: /PORT must be integer from 0 to 65535/ })
})

t.test('rights and owners in the data folder', async t => {
  const folder = join(t.testdir({ data: { file: '', below: {} } }), 'data')
  const find = async () => (await examine(folder)).find('Data folder')
  await chmod(folder, 0o755)
  t.match(await find(), { result: 'fail', message: `Other users can enter ${folder}`, remedy: `chmod 700 ${folder}` })
  await chmod(folder, 0o700)
  await chmod(join(folder, 'file'), 0o644)
  t.match(await find(), {
    result: 'fail', message: `Other users can read file in ${folder}`, remedy: `chmod 600 ${folder}/file`
  })
  await chmod(join(folder, 'file'), 0o600)
  t.match(await find(), { result: 'pass' })
  t.match((await examine(join(folder, 'file'))).find('Data folder'), { result: 'fail', message: /is no folder/ })
  t.match((await examine(folder, { CONFIG_GROUP: 'root' })).find('Data folder'), { result: 'pass' })
  t.match((await examine('/proc/self/task')).find('Data folder'), { result: 'fail' })
  t.match((await examine('/proc/self/fd')).find('Data folder'), {
    result: 'fail', message: /: CONFIG_DIR cannot be written|: the disk of CONFIG_DIR is full/
  })
  if (process.getuid!() !== 0) return
  await chown(folder, 65534, 65534)
  t.match(await find(), { result: 'fail', message: /belongs to user 65534, and this is user 0/ })
  await chown(folder, 0, 0)
})

t.test('damaged files', async t => {
  const folder = join(
    t.testdir({
      data: { 'api_key.sha256': 'x', 'generator_config.json': '{', 'runtime_config.json': '{', 'secp.sec': 'short' },
    }),
    'data'
  )
  await chmod(folder, 0o700)
  for (const name of await readdir(folder)) await chmod(join(folder, name), 0o600)
  const { find } = await examine(folder)
  t.match(find('Configuration'), { result: 'fail', message: /generator_config\.json/ })
  t.match(find('API key'), { result: 'fail', message: 'api_key.sha256 is damaged' })
  t.match(find('Enclave key'), { result: 'fail', message: /must be 32 raw bytes/ })
  t.match((await examine(folder, { NODE_ENV: 'production' })).find('Enclave key'), {
    result: 'fail', message: /does not exist: mount/
  })
})

t.test('supervisors', async t => {
  const folder = join(t.testdir({
    'refused.conf': '[program:kalypso-generator]\ncommand=x\nstdout_logfile=syslog\n',
    'other.conf': '[program:other]\ncommand=x\n',
    'good.conf': '[program:kalypso-generator]\ncommand=x\nautostart=false\n',
  }))
  const find = async (variables: NodeJS.ProcessEnv) =>
    (await examine(join(folder, 'data'), variables)).find('Supervisor')
  t.match(await find({ SUPERVISORD_CONF: join(folder, 'refused.conf') }), {
    result: 'fail', message: /refused\.conf:3: /, remedy: /^generator-client supervisord check /
  })
  t.match(await find({ SUPERVISORD_CONF: join(folder, 'other.conf') }), {
    result: 'fail', message: /has no program kalypso-generator/
  })
  t.match(await find({ SUPERVISORD_CONF: join(folder, 'good.conf') }), { result: 'pass' })
  const before = process.cwd()
  process.chdir(folder)
  t.match(await find({}), { result: 'warning', message: /runs the rehearsal generator/ })
  process.chdir(before)
  t.match(await find({ SUPERVISORD_CONF: '/nowhere' }), { result: 'fail', message: '/nowhere cannot be read (ENOENT)' })
  t.match(await find({ SUPERVISORD_CONF: '/dev/null' }), { result: 'fail', message: '/dev/null is not a regular file' })
  t.match(await find({ SUPERVISORD_PATH: '/nowhere/supervisord' }), { result: 'fail' })
  t.match(await find({ SUPERVISORD_URL: 'http://127.0.0.1:1' }), {
    result: 'fail', message: /the supervisor cannot be reached/
  })
  const answer = (value: string) =>
    `<?xml version="1.0"?><methodResponse><params><param><value>${value}</value></param></params></methodResponse>`
  const { url } = await listening(
    t,
    { 'content-type': 'text/xml' },
    answer(
      '<struct><member><name>name</name><value><string>kalypso-generator</string></value></member><member><name>group</name><value><string>kalypso-generator</string></value></member><member><name>statename</name><value><string>STOPPED</string></value></member><member><name>state</name><value><int>0</int></value></member><member><name>pid</name><value><int>0</int></value></member><member><name>start</name><value><int>0</int></value></member><member><name>stop</name><value><int>0</int></value></member><member><name>now</name><value><int>1</int></value></member><member><name>exitstatus</name><value><int>0</int></value></member><member><name>spawnerr</name><value><string></string></value></member><member><name>description</name><value><string>Not started</string></value></member><member><name>stdout_logfile</name><value><string></string></value></member><member><name>stderr_logfile</name><value><string></string></value></member><member><name>logfile</name><value><string></string></value></member></struct>'
    )
  )
  t.match(await find({ SUPERVISORD_URL: url }), { result: 'pass', message: /supervisord answers/ })
})

t.test('the port: another program, an address of another machine', async t => {
  const folder = join(t.testdir(), 'data')
  for (const body of ['<html>', '{"status":"up"}', '7']) {
    const { port } = await listening(t, {}, body)
    t.match((await examine(folder, { PORT: port })).find('Port'), {
      result: 'fail', message: `Another program uses port ${port} of 127.0.0.1`
    })
  }
  t.match((await examine(folder, { HOST: '192.0.2.1' })).find('Port'), { result: 'fail', message: /\(EADDRNOTAVAIL\)/ })
  const mute = createServer(socket => socket.destroy()).listen(0, '::1')
  t.teardown(() => mute.close())
  await once(mute, 'listening')
  const { port } = mute.address() as AddressInfo
  t.match((await examine(folder, { HOST: '::1', PORT: String(port) })).find('Port'), {
    result: 'fail', message: `Another program uses port ${port} of ::1`
  })
  mute.close()
  await once(mute, 'close')
  t.match((await examine(folder, { HOST: '::1', PORT: String(port) })).find('Port'), {
    result: 'pass', message: `Port ${port} of ::1 is free. The service does not run`
  })
})

t.test('a service that runs, its RPC endpoint and the clock', async t => {
  const { url } = await listening(t, { date: 'Thu, 01 Jan 2015 00:00:00 GMT' })
  const service = await build(t)
  await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', {
    ...setup, runtime_config: { ...setup.runtime_config, http_url: `${url}/secret-path` }
  })
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as AddressInfo
  const { checks, find } = await examine(service.folder, {
    PORT: String(port), RPC_NETWORK: 'any', RPC_TIMEOUT_MS: '5000'
  })
  t.match(find('Port'), { result: 'pass', message: `The service runs on port ${port}, and is ready` })
  t.match(find('Configuration'), { result: 'pass', message: 'Generators that are set up: 1' })
  t.match(find('API key'), { result: 'pass' })
  t.match(find('Enclave key'), { result: 'pass' })
  t.match(find('rpc'), { result: 'fail' })
  t.match(find('Clock'), { result: 'warning', message: /^The clock is \d+ s ahead of that of 127\.0\.0\.1:\d+$/ })
  t.notMatch(JSON.stringify(checks), 'secret-path')
  const off = await examine(service.folder, { CHAIN_CHECKS: 'off' })
  t.match(off.find('RPC endpoint'), { result: 'warning' })
  t.match(off.find('Clock'), { result: 'skipped' })
})

t.test('a service that is not ready, and other clocks', async t => {
  const folder = join(t.testdir(), 'data')
  const { port } = await listening(t, {}, JSON.stringify({ status: 'error', message: 'The service is not ready: why' }))
  t.match((await examine(folder, { PORT: port })).find('Port'), {
    result: 'fail', message: `The service runs on port ${port}. The service is not ready: why`
  })
  for (const [date, result] of [
    [new Date().toUTCString(), 'pass'],
    [new Date(Date.now() + 600_000).toUTCString(), 'warning'],
    ['no date', 'skipped'],
  ] as const) {
    t.equal((await checkClock((await listening(t, { date })).url)).result, result, date)
  }
  t.match(await checkClock('http://127.0.0.1:1'), { result: 'skipped' })
})
