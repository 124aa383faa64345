import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { numberedGenerator, setup } from '../fixtures/configuration.js'
import { build, type Service } from '../helper.js'

const PROGRAMS = join(import.meta.dirname, '../fixtures/programs')

/** A service whose generator is the given command. It has a configuration and an API key. */
async function buildWith (t: Test, {
  command, options = '', variables = {}
}: { command: string, options?: string, variables?: NodeJS.ProcessEnv }) {
  const file = join(t.testdir({ data: {} }), 'supervisord.conf')
  await writeFile(file, `[program:kalypso-generator]\ncommand=${command}\nautostart=false\n${options}`)
  const service = await build(t, { folder: join(file, '../data'), variables: { SUPERVISORD_CONF: file, ...variables } })
  await service.generateApiKey()
  t.equal((await service.send('POST', '/api/generatorConfigSetup', setup)).statusCode, 200)
  return service
}

const stay = `node ${PROGRAMS}/stay.mjs`
const quick = 'startsecs=0.2\nstartretries=0\nstopwaitsecs=1\n'
// A program can die within this time on a busy machine.
const dying = 'startsecs=5\nstartretries=0\n'

async function isGone (pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  return stat === null || / Z /.test(stat)
}

t.test('start, status, restart, stop: every answer whole', async t => {
  const service = await buildWith(t, { command: stay, options: quick })
  const never = {
    name: 'kalypso-generator',
    state: 'STOPPED',
    pid: null,
    uptime_seconds: null,
    started_at: null,
    stopped_at: null,
    exit_code: null,
    exit_signal: null,
    restarts: 0,
    description: null,
    outdated_configuration: null,
  }
  t.same((await service.send('GET', '/api/getGeneratorStatus')).json(),
    {
      status: 'success',
      message: 'Generator status fetched',
      data: "Generator hasn't been started yet.",
      process: never,
    })
  t.same((await service.send('POST', '/api/stopGenerator')).json(),
    { status: 'success', message: 'Generator is not running', data: null, process: never })

  const started = await service.send('POST', '/api/startGenerator')
  t.equal(started.statusCode, 200)
  const { process } = started.json()
  t.same(started.json(), { status: 'success', message: 'Generator started', data: null, process })
  t.match(process, {
    ...never,
    state: 'RUNNING',
    outdated_configuration: false,
    pid: Number,
    uptime_seconds: Number,
    started_at: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
  })
  t.match(
    (await service.send('POST', '/api/startGenerator', {})).json(),
    { message: 'Generator is already running', process: { pid: process.pid } }
  )
  t.match(
    (await service.send('GET', '/api/getGeneratorStatus')).json(),
    { data: 'Generator has been started.', process: { pid: process.pid } }
  )

  const restarted = (await service.send('POST', '/api/restartGenerator')).json()
  t.match(restarted, { message: 'Generator restarted', data: null, process: { state: 'RUNNING' } })
  t.not(restarted.process.pid, process.pid)
  t.ok(await isGone(process.pid))

  const stopped = (await service.send('POST', '/api/stopGenerator')).json()
  t.match(stopped, {
    status: 'success',
    message: 'Generator stopped',
    data: null,
    process: { state: 'STOPPED', pid: null, stopped_at: String },
  })
  t.ok(await isGone(restarted.process.pid))
  t.match((await service.send('GET', '/api/getGeneratorStatus')).json(), { data: 'Generator has been stopped.' })
})

t.test('an empty body with a JSON content-type is none', async t => {
  const service = await buildWith(t, { command: stay, options: quick })
  const apiKey = service.apiKey()
  for (const url of ['/api/startGenerator', '/api/restartGenerator', '/api/stopGenerator']) {
    const response = await service.app.inject({
      method: 'POST', url, headers: { 'api-key': apiKey, 'content-type': 'application/json' }, payload: ''
    })
    t.equal(response.statusCode, 200, url)
    t.match((await service.send('POST', url, { extra: 1 })).json(), {
      statusCode: 400,
      code: 'INVALID_REQUEST',
      message: 'extra: is not a known field here, remove it',
      data: { field: 'extra' },
    })
  }
  t.match((await service.app.inject({
    method: 'POST',
    url: '/api/startGenerator',
    headers: { 'api-key': apiKey, 'content-type': 'text/plain' },
    payload: '{}',
  })).json(),
  { statusCode: 415, code: 'UNSUPPORTED_MEDIA_TYPE' })
  t.match((await service.app.inject({
    method: 'POST',
    url: '/api/startGenerator',
    headers: { 'api-key': apiKey, 'content-type': 'application/json' },
    payload: '{"__proto__":1}',
  })).json(),
  { statusCode: 400, code: 'INVALID_JSON' })
  t.match((await service.app.inject({
    method: 'POST',
    url: '/api/addNewGenerator',
    headers: { 'api-key': apiKey, 'content-type': 'application/json' },
    payload: Buffer.from('{"data":"\xff"}', 'latin1'),
  })).json(),
  { statusCode: 400, code: 'INVALID_JSON', message: /UTF-8/ })
})

t.test('a generator that dies at once: its exit and last lines', async t => {
  const service = await buildWith(t, { command: `node ${PROGRAMS}/exit.mjs 3`, options: dying })
  for (const url of ['/api/startGenerator', '/api/restartGenerator']) {
    const response = await service.send('POST', url)
    t.equal(response.statusCode, 500)
    t.match(response.json(), {
      status: 'error',
      statusCode: 500,
      code: 'PROGRAM_START_FAILED',
      message: /^kalypso-generator did not stay up: exited with code 3 .* Its last log lines are in data.log_tail$/,
      data: { state: 'FATAL', exit_code: 3, exit_signal: null },
    })
    t.match(response.json().data.log_tail.sort(), ['trouble', /^working \d+$/])
    t.notMatch(JSON.stringify(service.log), 'trouble', 'its words are not for the log')
  }
  t.match(
    (await service.send('GET', '/api/getGeneratorStatus')).json(),
    { data: 'Generator failed to start.', process: { exit_code: 3 } }
  )
})

t.test('one that is ended by a signal, and one that is not there', async t => {
  const killed = await buildWith(t, { command: `node ${PROGRAMS}/exit.mjs SIGKILL`, options: dying })
  t.match((await killed.send('POST', '/api/startGenerator')).json(), {
    message: /SIGKILL/, data: { exit_code: null, exit_signal: 'SIGKILL' }
  })
  await killed.app.close()
  const missing = await buildWith(t, { command: '/nowhere/generator', options: dying })
  t.match((await missing.send('POST', '/api/startGenerator')).json(), {
    code: 'PROGRAM_START_FAILED',
    message: /^kalypso-generator did not stay up: the command "generator" \(or/,
    data: { exit_code: null, exit_signal: null },
  })
})

t.test('a start that takes longer than the operation timeout is answered 202', async t => {
  const service = await buildWith(t, {
    command: stay, options: 'startsecs=60\n', variables: { OPERATION_TIMEOUT_MS: '300' }
  })
  const response = await service.send('POST', '/api/startGenerator')
  t.equal(response.statusCode, 202)
  t.match(response.json(), {
    status: 'success', message: 'Generator is starting.', data: null, process: { state: 'STARTING' }
  })
  t.match((await service.send('GET', '/api/getGeneratorStatus')).json(), { data: 'Generator is starting.' })
})

t.test('no program starts if there is no configuration', async t => {
  const service = await build(t)
  await service.generateApiKey()
  for (const url of ['startGenerator', 'restartGenerator']) {
    t.match((await service.send('POST', `/api/${url}`)).json(), {
      statusCode: 409, code: 'CONFIG_NOT_FOUND', data: null
    })
  }
  t.match((await service.send('GET', '/api/getGeneratorStatus')).json(), { data: "Generator hasn't been started yet." })
})

t.test('a program that the supervisor does not know', async t => {
  const service = await buildWith(t, { command: stay, options: quick, variables: { GENERATOR_PATH: 'other' } })
  for (const [method, url] of [
    ['GET', 'getGeneratorStatus'], ['POST', 'startGenerator'], ['POST', 'stopGenerator'], ['POST', 'restartGenerator']
  ] as const) {
    t.match((await service.send(method, `/api/${url}`)).json(), { statusCode: 404, code: 'PROGRAM_NOT_FOUND' }, url)
  }
  t.notHas(
    (await service.send('POST', '/api/addNewGenerator', numberedGenerator(2))).json(), { restart_required: true }
  )
})

t.test('restart_required while the generator runs with an older configuration', async t => {
  const service = await buildWith(t, { command: stay, options: quick })
  t.same((await service.send('POST', '/api/addNewGenerator', numberedGenerator(2))).json(),
    { status: 'success', message: 'Generator config updated', data: null })
  await service.send('POST', '/api/startGenerator')
  const changes = [
    ['POST', 'addNewGenerator', numberedGenerator(3), 'Generator config updated'],
    ['PUT', 'updateGeneratorConfig', { address: numberedGenerator(3).address, data: 'x' }, 'Generator config updated'],
    ['DELETE', 'removeGenerator', { address: numberedGenerator(3).address }, 'Removed Generator'],
    ['PUT', 'updateRuntimeConfig', { start_block: 77 }, 'Runtime config updated'],
    ['POST', 'generatorConfigSetup', setup, 'Config done'],
  ] as const
  for (const [method, url, body, message] of changes) {
    t.same(
      (await service.send(method, `/api/${url}`, body)).json(),
      { status: 'success', message, data: null, restart_required: true, restart_programs: ['kalypso-generator'] },
      url
    )
    await service.send('POST', '/api/restartGenerator')
  }
})

t.test('programs', async t => {
  const service = await buildWith(t, { command: stay, options: quick })
  const program = { program_name: 'kalypso-generator' }
  const status = async (name: string) => (await service.send(
    'GET', `/api/getProgramStatus?program_name=${name}`
  )).json()
  t.match(await status('kalypso-generator'), {
    message: 'Program status fetched', data: "Program hasn't been started yet."
  })
  t.match(
    (await service.send('POST', '/api/startProgram', program)).json(),
    { message: 'Program started', data: null, process: { state: 'RUNNING' } }
  )
  t.match((await service.send('POST', '/api/startProgram', program)).json(), { message: 'Program is already running' })
  t.match(
    (await service.send('POST', '/api/restartProgram', program)).json(), { message: 'Program restarted', data: null }
  )
  t.match(await status('kalypso-generator'), { data: 'Program has been started.' })
  t.match((await service.send('POST', '/api/stopProgram', program)).json(), { message: 'Program stopped', data: null })
  t.match((await service.send('POST', '/api/stopProgram', program)).json(), { message: 'Program is not running' })
  t.match(await status('listener'), { statusCode: 404, code: 'PROGRAM_NOT_FOUND' })
  t.match(await status('sshd'), { statusCode: 403, code: 'PROGRAM_NOT_MANAGED', data: { field: 'program_name' } })
  for (const url of ['startProgram', 'stopProgram', 'restartProgram']) {
    t.match(
      (await service.send('POST', `/api/${url}`, { program_name: 'sshd' })).json(),
      { statusCode: 403, code: 'PROGRAM_NOT_MANAGED' },
      url
    )
  }
  t.match((await service.send('GET', '/api/getProgramStatus')).json(), {
    statusCode: 400, message: 'program_name: is required'
  })
  t.match(
    (await service.send('GET', '/api/getProgramStatus?program_name=listener&x=1')).json(),
    { statusCode: 400, data: { field: 'x' } }
  )

  await service.app.close()
  const own = await buildWith(t, { command: stay, options: quick, variables: { MANAGED_PROGRAMS: 'one, two' } })
  t.match(
    (await own.send('POST', '/api/startProgram', program)).json(),
    { code: 'PROGRAM_NOT_MANAGED', message: /MANAGED_PROGRAMS \(one, two\)/ }
  )
})

t.test('a generator that ignores SIGTERM is gone after the stop', async t => {
  const service = await buildWith(t, { command: `${stay} --ignore`, options: quick })
  const { process } = (await service.send('POST', '/api/startGenerator')).json()
  t.equal((await service.send('POST', '/api/stopGenerator')).statusCode, 200)
  t.ok(await isGone(process.pid))
})

/** The pids that family.mjs prints once all its children are there. */
async function childrenOf ({ app }: Service): Promise<number[]> {
  for (let tries = 0; tries < 200; tries++) {
    const lines = await app.supervisor.logs('kalypso-generator', { lines: 10, stream: 'stdout' })
    if (lines?.[0] !== undefined) return Object.values(JSON.parse(lines[0]))
    await setTimeout(50)
  }
  return []
}

t.test('children of a generator are gone after the stop, also those in sessions of their own', async t => {
  const service = await buildWith(t, {
    command: `node ${PROGRAMS}/family.mjs stay plain deaf away orphan`, options: quick
  })
  const { process } = (await service.send('POST', '/api/startGenerator')).json()
  const children = await childrenOf(service)
  t.equal(children.length, 4)
  for (const pid of children) t.notOk(await isGone(pid))
  t.equal((await service.send('POST', '/api/stopGenerator')).statusCode, 200)
  for (const pid of [process.pid, ...children]) t.ok(await isGone(pid))
})
