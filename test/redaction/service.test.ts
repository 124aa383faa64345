import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { setup } from '../fixtures/configuration.js'
import { replaceWithFifo } from '../fixtures/fifo.js'
import { startService } from '../service-process.js'
import { until } from '../supervisor/embedded/helper.js'
import { randomBytes } from '../random.js'

const REHEARSAL = join(import.meta.dirname, '../../supervisord/rehearsal-generator.mjs')

/** `startService` searches all output and answers of the process for the secrets. */
t.test('a generator that prints its config files shows no secret in answers, nor in the service output', async t => {
  const folder = t.testdir({ data: {}, old: '' })
  const file = join(folder, 'supervisord.conf')
  // Gives the service a pipe as standard output. The test's own is a socket, which cannot be opened.
  const pipe = join(folder, 'pipe')
  await replaceWithFifo(pipe)
  const passedOn: string[] = []
  const reader = spawn('cat', [pipe])
  reader.stdout.on('data', chunk => passedOn.push(String(chunk)))
  t.teardown(() => { reader.kill() })
  const section = (name: string, options: string) => `[program:${name}]\nautostart=false\nstartretries=0\n${options}`
  writeFileSync(file, [
    section('kalypso-generator', `command=node ${REHEARSAL}\nstartsecs=0.5\nstdout_logfile=${pipe}\n`),
    section(
      'listener',
      `command=node -e "process.stdout.write(fs.readFileSync('${folder}/old', 'utf8') + '\\n'); process.exit(7)"\nstartsecs=5\n`
    ),
    section('missing', `command=${folder}/%(ENV_SECRET)s\n`),
  ].join(''))
  const secret = randomBytes(32).toString('hex')
  const service = await startService(t, {
    folder: join(folder, 'data'),
    variables: {
      SUPERVISORD_CONF: file, REHEARSAL_PRINT_CONFIG: 'true', SECRET: secret, MANAGED_PROGRAMS: 'listener,missing'
    },
  })
  const { body: { data: apiKey } } = await service.call('POST', '/api/generateApiKey')
  service.setApiKey(apiKey)
  const runtime = {
    ...setup.runtime_config, private_key: secret, http_url: `https://rpc.example/${secret.slice(0, 24)}`
  }
  await service.call('POST', '/api/generatorConfigSetup', { ...setup, runtime_config: runtime })

  t.match(await service.call('POST', '/api/startGenerator'), { status: 200 })
  const { body: { data: { lines } } } = await service.call('GET', '/api/getGeneratorLogs?lines=1000')
  t.ok(lines.some((line: string) => line.trim() === '"private_key": "[redacted]",'))
  t.ok(lines.some((line: string) => line.trim() === '"http_url": "https://rpc.example/[redacted]",'))
  await until('the end of what is passed on', () => passedOn.join('').endsWith('Ready\n'))
  t.ok(passedOn.join('').includes('"private_key": "[redacted]",\n'))
  t.notOk(passedOn.join('').includes(secret.slice(0, 24)))
  t.ok(readFileSync(join(folder, 'data/runtime_config.json'), 'utf8').includes(secret), 'the file has it')

  const edited = {
    private_key: randomBytes(32).toString('hex'), http_url: `https://rpc.example/${randomBytes(12).toString('hex')}`
  }
  const configFile = join(folder, 'data/runtime_config.json')
  const written = readFileSync(configFile, 'utf8')
  writeFileSync(configFile, written.replace(secret, edited.private_key).replace(runtime.http_url, edited.http_url))
  const logged = async (): Promise<string[]> => (await service.call(
    'GET', '/api/getGeneratorLogs?lines=1000'
  )).body.data.lines
  const keyLines = async (): Promise<string[]> => (await logged()).filter(line => line.includes('"private_key": "'))
  const { body: { process: { pid } } } = await service.call('GET', '/api/getGeneratorStatus')
  process.kill(pid, 'SIGKILL')
  await until('the supervisor has started it again', async () => (await keyLines()).length === 2)
  t.strictSame(
    (await keyLines()).map(line => line.trim()),
    Array(2).fill('"private_key": "[redacted]",'),
    'a file that was edited in place is as secret'
  )
  t.equal((await logged()).filter(line => line.trim() === '"http_url": "https://rpc.example/[redacted]",').length, 2)
  t.match(await service.call('POST', '/api/restartGenerator'), { status: 500, body: { code: 'CONFIG_CORRUPT' } })
  writeFileSync(configFile, written)

  const old = JSON.stringify({ private_key: secret, api_key: apiKey })
  writeFileSync(join(folder, 'old'), old)
  await service.call('PUT', '/api/updateRuntimeConfig', { private_key: randomBytes(32).toString('hex') })
  const { body: { data: rotated } } = await service.call('POST', '/api/rotateApiKey')
  service.setApiKey(rotated)
  const failed = await service.call('POST', '/api/startProgram', { program_name: 'listener' })
  t.match(failed, {
    status: 500,
    body: {
      code: 'PROGRAM_START_FAILED',
      data: { exit_code: 7, log_tail: ['{"private_key":"[redacted]","api_key":"[redacted]"}'] },
    },
  })

  const missing = await service.call('POST', '/api/startProgram', { program_name: 'missing' })
  t.match(missing, { status: 500, body: { code: 'PROGRAM_START_FAILED', message: /\[redacted\]/ } })
  t.match(
    await service.call('GET', '/api/getProgramStatus?program_name=missing'),
    { status: 200, body: { process: { description: /\[redacted\]/ } } }
  )
  t.ok(service.output.every(line => !line.includes(secret)))
})
