import { once } from 'node:events'
import { chmod, chown, readFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { numberedGenerator, setup } from './fixtures/configuration.js'
import { replaceWithFifo } from './fixtures/fifo.js'
import { cannotDropCapabilities, WITHOUT_CAPABILITIES } from './rights.js'
import { spawnService, startService } from './service-process.js'

/** A zombie has ended. It waits for its parent, which may be the process that took over from a killed service. */
async function isAlive (pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  return stat !== null && !/^\d+ \(.*\) Z/.test(stat)
}

t.test('SIGTERM, SIGINT and SIGHUP stop the generator and the service; SIGUSR1 opens no debugger', async t => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    const service = await startService(t, { folder: t.testdir(), isMeasured: signal === 'SIGTERM' })
    service.setApiKey((await service.call('POST', '/api/generateApiKey')).body['data'])
    await service.call('POST', '/api/generatorConfigSetup', setup)
    const { body: { process: generator } } = await service.call('POST', '/api/startGenerator')
    t.ok(await isAlive(generator.pid))
    service.child.kill('SIGUSR1')
    await service.untilPrinted('SIGUSR1: no debugger is opened')
    service.child.kill(signal)
    await service.untilPrinted('stopping')
    service.child.kill(signal)
    t.same(await service.exited, [0, null])
    t.notOk(await isAlive(generator.pid))
    t.match(service.output.join('\n'), `${signal}: stopping`)
  }
})

t.test('kill -9 at any point of the day, and the same start: nothing is lost, no second generator', async t => {
  const folder = t.testdir()
  const restarted = async () => {
    const service = await startService(t, { folder })
    service.setApiKey(key)
    return service
  }
  let key = ''
  let service = await restarted()
  const kill = async () => {
    service.child.kill('SIGKILL')
    await service.exited
    service = await restarted()
  }
  key = (await service.call('POST', '/api/generateApiKey')).body['data']
  await kill()
  t.equal((await service.call('POST', '/api/generateApiKey')).status, 409)
  t.match((await service.call('GET', '/api/getGeneratorStatus')).body, { data: "Generator hasn't been started yet." })
  await service.call('POST', '/api/generatorConfigSetup', setup)
  await kill()
  const { body: { process: first } } = await service.call('POST', '/api/startGenerator')
  t.ok(await isAlive(first.pid))
  t.equal((await service.call('POST', '/api/addNewGenerator', numberedGenerator(2))).status, 200)
  await kill()
  t.notOk(await isAlive(first.pid), 'the generator of the killed service is gone')
  t.match((await service.call('GET', '/api/getGeneratorStatus')).body, {
    data: 'Generator has been stopped.', process: { state: 'STOPPED', pid: null }
  })
  const { body: { process: second } } = await service.call('POST', '/api/startGenerator')
  t.equal(second.state, 'RUNNING')
  t.match(
    JSON.parse(await readFile(`${folder}/generator_config.json`, 'utf8')).generator_config,
    [{ data: 'generator 1' }, { data: 'generator 2' }]
  )
  t.equal((await service.call('POST', '/api/stopGenerator')).status, 200)
  t.notOk(await isAlive(second.pid))
})

t.test('one line says why the start-up stops', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const folder = t.testdir({ exposed: Buffer.alloc(32, 7) })
  const exposed = join(folder, 'exposed')
  await chmod(exposed, 0o644)
  const cases: [string, NodeJS.ProcessEnv, RegExp | string][] = [
    ['port taken', { PORT: String((taken.address() as AddressInfo).port) }, /EADDRINUSE.*: set PORT to a free one/],
    ['no address of this machine', { HOST: '192.0.2.1' }, /EADDRNOTAVAIL.*: set HOST to an address of this machine/],
    ['port wrong', { PORT: 'five' }, /Environment variable PORT must be integer/],
    [
      'port empty',
      { PORT: '' },
      /: Environment variable PORT must be integer from 0 to 65535, but is empty: give it a value, or leave it out$/,
    ],
    [
      'a port of blanks, which would be any free one',
      { PORT: ' ' },
      /: Environment variable PORT must be integer from 0 to 65535, but is empty: give it a value, or leave it out$/,
    ],
    [
      'the address of a service',
      { METRICS_PORT: 'tcp://10.0.0.1:9000' },
      /: Environment variable METRICS_PORT must be integer from 0 to 65535, but a container platform has set it to an address: set it yourself$/,
    ],
    [
      'a number of another notation',
      { RPC_TIMEOUT_MS: '1e3' },
      /: Environment variable RPC_TIMEOUT_MS must be integer from 100 to 60000$/,
    ],
    [
      'texts that are empty',
      {
        SUPERVISORD_PATH: '',
        SUPERVISORD_URL: '',
        SUPERVISORD_CONF: ' ',
        MANAGED_PROGRAMS: 'a,,b',
        SECP_KEY_PATH: '',
        API_KEY_RECIPIENT: '',
      },
      new RegExp(
        [
          'SUPERVISORD_PATH must not be empty', 'SUPERVISORD_URL must not be empty',
          'SUPERVISORD_CONF must not be empty', 'MANAGED_PROGRAMS must be names separated by commas',
          'SECP_KEY_PATH must not be empty', 'API_KEY_RECIPIENT must not be empty$',
        ].join('; Environment variable ')
      ),
    ],
    [
      'empty, or none of its choices',
      {
        HOST: '', NODE_ENV: 'prod', CHAIN_CHECKS: 'of', SKIP_VERIFICATION: '1', LOG_LEVEL: 'loud'
      },
      new RegExp(
        [
          'HOST must not be empty', 'NODE_ENV must be one of development, test, production',
          'CHAIN_CHECKS must be one of strict, off', 'SKIP_VERIFICATION must be one of true, false',
          'LOG_LEVEL must be one of fatal',
        ].join('; Environment variable ')
      ),
    ],
    ['no secret in production', { NODE_ENV: 'production' }, /SECP_KEY_PATH .* does not exist: mount/],
    ['folder not to be made', { CONFIG_DIR: '/dev/null/data' }, /CONFIG_DIR .* cannot be made \(ENOTDIR\)/],
    ['no supervisor configuration', { SUPERVISORD_CONF: '/nowhere/supervisord.conf' }, /SUPERVISORD_CONF/],
    [
      'secret that others can read',
      { SECP_KEY_PATH: exposed },
      `The enclave's secret ${exposed} has mode 0644, so that other users can read or write it: chmod 600 ${exposed}`,
    ],
  ]
  for (const [name, variables, message] of cases) {
    t.match(
      await refusal(t, {
        folder: join(folder, 'data'),
        variables,
        isMeasured: /^(port taken|port empty|empty, .*|a number .*|the address .*)$/.test(name),
      }),
      message,
      name
    )
  }
})

t.test('a FIFO in the place of a file that the start-up reads stops it', { timeout: 60_000 }, async t => {
  const folder = t.testdir()
  const fifo = join(folder, '.env')
  await replaceWithFifo(fifo)
  const cases: [string, Partial<Parameters<typeof spawnService>[1]>, string][] = [
    [
      '.env',
      { before: ['sh', '-c', 'cd "$0" && exec "$@"', folder], isMeasured: true },
      '.env is not a regular file: put one there, or remove it',
    ],
    [
      'the secret',
      { variables: { SECP_KEY_PATH: fifo } },
      `The enclave's secret ${fifo} is not a regular file: put one of 32 raw bytes there`,
    ],
    [
      'the supervisor configuration',
      { variables: { SUPERVISORD_CONF: fifo } },
      `SUPERVISORD_CONF ${fifo}: is not a regular file`,
    ],
  ]
  for (const [name, options, message] of cases) {
    t.equal(
      await refusal(t, { folder: join(folder, 'data'), ...options }), `generator-client cannot start: ${message}`, name
    )
  }
})

t.test('a .env file that dotenv would pass over stops the start-up, for it may preset the API key', async t => {
  const preset = `API_KEY_SHA256=${'ab'.repeat(32)}\n`
  const folder = t.testdir({
    utf16: { '.env': Buffer.from(`\ufeff${preset}`, 'utf16le') },
    folder: { '.env': {} },
    loop: { '.env': t.fixture('symlink', '.env') },
    nul: { '.env': `${preset}\0` },
  })
  const start = (name: string) => ({
    folder: join(folder, 'data', name), before: ['sh', '-c', 'cd "$0" && exec "$@"', join(folder, name)]
  })
  const cases: Record<string, string> = {
    utf16: 'is UTF-16 text: save it as UTF-8',
    folder: 'is a folder: put a text file there, or remove it',
    loop: 'is a link to itself: put a text file there, or remove it',
    nul: 'has a NUL byte: save it as UTF-8 text',
  }
  for (const [name, message] of Object.entries(cases)) {
    t.equal(
      await refusal(t, { ...start(name), isMeasured: name === 'loop' }),
      `generator-client cannot start: .env ${message}`
    )
  }
})

t.test('a .env file that may not be read stops the start-up', { skip: cannotDropCapabilities }, async t => {
  const folder = t.testdir({ '.env': 'PORT=0' })
  await chmod(join(folder, '.env'), 0)
  const before = ['sh', '-c', 'cd "$0" && exec "$@"', folder, ...WITHOUT_CAPABILITIES]
  t.equal(
    await refusal(t, { folder: join(folder, 'data'), before }),
    'generator-client cannot start: .env cannot be read (EACCES): give this user the right to read it, or remove it'
  )
})

t.test('a .env file with a byte order mark and Windows line ends presets the API key', async t => {
  const folder = t.testdir({ '.env': `\ufeffAPI_KEY_SHA256=${'ab'.repeat(32)}\r\nLOG_LEVEL=info\r\n` })
  const service = await startService(t, {
    folder: join(folder, 'data'), before: ['sh', '-c', 'cd "$0" && exec "$@"', folder]
  })
  t.match(await service.call('POST', '/api/generateApiKey'), {
    status: 409, body: { code: 'API_KEY_ALREADY_GENERATED' }
  })
})

t.test("another user's secret stops the start-up", {
  skip: process.getuid!() !== 0 && 'only root can give files away'
}, async t => {
  const folder = t.testdir({ foreign: Buffer.alloc(32, 7) })
  const foreign = join(folder, 'foreign')
  await chmod(foreign, 0o600)
  await chown(foreign, 12345, 0)
  t.match(await refusal(t, { folder: join(folder, 'data'), variables: { SECP_KEY_PATH: foreign } }),
    `The enclave's secret ${foreign} belongs to user 12345, who is neither this service's user nor root: chown 0 ${foreign}`)
})

/** The one fatal line of a service that does not start. */
async function refusal (t: Test, options: Parameters<typeof spawnService>[1]): Promise<string> {
  const { output, exited } = spawnService(t, options)
  t.same(await exited, [1, null])
  const fatal = output.map(line => JSON.parse(line)).filter(({ level }) => level === 60)
  t.equal(fatal.length, 1)
  t.match(fatal[0].msg, /^generator-client cannot start: /)
  return fatal[0].msg
}

t.test('a request that takes longer does not hold up the end for more than 10 s', async t => {
  const root = t.testdir({
    data: {},
    'supervisord.conf': '[program:kalypso-generator]\ncommand=/bin/sleep 1000\nautostart=false\nstartsecs=60\n',
  })
  const service = await startService(t, {
    folder: join(root, 'data'),
    isMeasured: true,
    variables: {
      SUPERVISORD_CONF: join(root, 'supervisord.conf'), OPERATION_TIMEOUT_MS: '60000'
    },
  })
  service.setApiKey((await service.call('POST', '/api/generateApiKey')).body['data'])
  t.equal((await service.call('POST', '/api/generatorConfigSetup', setup)).status, 200)
  service.call('POST', '/api/startGenerator').catch(() => {})
  let pid = null
  while (pid === null) pid = (await service.call('GET', '/api/getGeneratorStatus')).body['process'].pid
  service.child.kill('SIGTERM')
  t.same(await service.exited, [1, null])
  process.kill(pid, 'SIGKILL')
  const lines = service.output.map(line => JSON.parse(line) as { time: number, msg: string })
  const [asked, gaveUp] = [
    'SIGTERM: stopping', 'Not everything ended in time'
  ].map(msg => lines.find(line => line.msg === msg)?.time ?? NaN)
  // The service exits with that line. Writing its coverage may take longer than the rest of the 10 s on a busy machine.
  t.ok(gaveUp! - asked! < 10_000)
})
