import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { defaultProfilePath } from '../../../operator/cli/settings/profile.js'
import { startHttpServer } from '../../fixtures/http-server.js'
import { runCli } from './run-cli.js'

const ENCLAVE_KEY = '0x02372e17b2c6239bd83517433b83aee90b84ab9c9ab21a40886e54bcbe6afbcc10'
const process_ = {
  name: 'g',
  state: 'STOPPED',
  pid: null,
  uptime_seconds: null,
  started_at: null,
  stopped_at: null,
  exit_code: null,
  exit_signal: null,
  restarts: null,
  description: null,
  outdated_configuration: null,
}

/** A server that tells which key it received. */
async function startEcho (t: Parameters<typeof startHttpServer>[0]) {
  return await startHttpServer(t, (request, response) => {
    response.end(
      JSON.stringify({
        status: 'success', message: 'm', data: `key: ${request.headers['api-key'] ?? 'none'}`, process: process_
      })
    )
  })
}

t.test('flags win over the environment, and that over the profile', async t => {
  const url = await startEcho(t)
  const path = join(t.testdir(), 'profile.json')
  await writeFile(path, JSON.stringify({ url, api_key: 'of-profile' }), { mode: 0o600 })
  const sent = async (argv: string[], environment: NodeJS.ProcessEnv = {}) =>
    /key: (\S+)/.exec((await runCli(['status', ...argv], { environment })).stdout)?.[1]
  t.equal(await sent(['--profile', path]), 'of-profile')
  t.equal(await sent([], { GENERATOR_CLIENT_PROFILE: path }), 'of-profile')
  t.equal(
    await sent([], { GENERATOR_CLIENT_PROFILE: path, GENERATOR_CLIENT_API_KEY: 'of-environment' }),
    'of-environment'
  )
  t.equal(
    await sent(['--api-key', 'of-flag'], {
      GENERATOR_CLIENT_PROFILE: path, GENERATOR_CLIENT_API_KEY: 'of-environment'
    }),
    'of-flag'
  )
  t.equal(
    await sent(['--url', url], { GENERATOR_CLIENT_PROFILE: path, GENERATOR_CLIENT_URL: 'http://127.0.0.1:1' }),
    'of-profile'
  )
  t.equal(
    await sent(['--url', `${url}/`], { GENERATOR_CLIENT_PROFILE: path }), 'of-profile', 'a slash makes no other service'
  )
  await writeFile(path, JSON.stringify({ url: `${url}/base`, api_key: 'of-profile' }))
  t.equal(await sent(['--url', `${url}/base/`], { GENERATOR_CLIENT_PROFILE: path }), 'of-profile', 'nor below a path')
  await writeFile(path, JSON.stringify({ url, api_key: 'of-profile' }))
  const elsewhere = await startEcho(t)
  t.equal(
    await sent(['--url', elsewhere], { GENERATOR_CLIENT_PROFILE: path }),
    'none',
    "the profile's key goes to its own service only"
  )
  t.equal(await sent([], { XDG_CONFIG_HOME: join(path, '..'), GENERATOR_CLIENT_URL: elsewhere }), 'none')
  t.equal(defaultProfilePath({}), join(homedir(), '.config/generator-client/profile.json'))
})

t.test('a profile that others can read, or that is none, is refused', async t => {
  const folder = t.testdir({ none: 'secret-text', list: '[]', unknown: '{"key":"secret-text"}', number: '{"url":1}' })
  for (const name of ['none', 'list', 'unknown', 'number']) {
    await chmod(join(folder, name), 0o600)
    const { code, stderr } = await runCli(['status', '--profile', join(folder, name)])
    t.equal(code, 2)
    t.match(stderr, /must be a JSON object of url, api_key, enclave_public_key/)
    t.notMatch(stderr, 'secret-text')
  }
  for (const mode of [0o640, 0o604, 0o622]) {
    await chmod(join(folder, 'unknown'), mode)
    t.match(await runCli(['status', '--profile', join(folder, 'unknown')]), {
      code: 2, stderr: /others can read it: chmod 600/
    })
  }
  t.match(await runCli(['status', '--profile', join(folder, 'list/below')]), {
    code: 2, stderr: /cannot be read \(ENOTDIR\)/
  })
})

t.test('init-key', async t => {
  const answer = { status: 'success', message: 'API key generated', data: 'ab'.repeat(32) }
  const folder = t.testdir()
  const url = await startHttpServer(t, (_request, response) => { response.end(JSON.stringify(answer)) })
  t.same(await runCli(['init-key', '--url', url], { environment: { XDG_CONFIG_HOME: folder } }), {
    code: 0, stdout: `${answer.data}\n`, stderr: ''
  })
  const path = join(folder, 'profile.json')
  const environment = { GENERATOR_CLIENT_PROFILE: path }
  const saved = await runCli(['init-key', '--save', '--json', '--url', url], { environment })
  t.same(JSON.parse(saved.stdout), { ...answer, data: path, statusCode: 200 })
  t.same(JSON.parse(await readFile(path, 'utf8')), { url, api_key: answer.data })
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.match(await runCli(['init-key', '--save'], { environment }), {
    code: 2, stderr: /has a key already, which would be lost/
  })
  t.match(await runCli(['init-key', '--save', '--url', 'http://127.0.0.1:1'], { environment }), {
    code: 2, stderr: /has a key already/
  })
})

t.test('a key that cannot be saved is shown, and is not asked for where nothing can be saved', async t => {
  let asked = 0
  const folder = t.testdir({ gone: {}, dangling: t.fixture('symlink', 'nowhere') })
  const url = await startHttpServer(t, async (_request, response) => {
    asked += 1
    await rm(join(folder, 'gone'), { recursive: true })
    await writeFile(join(folder, 'gone'), '')
    response.end(JSON.stringify({ status: 'success', message: 'API key generated', data: 'ab'.repeat(32) }))
  })
  const options = ['--save', '--url', url]
  t.match(
    await runCli(['init-key', ...options], {
      environment: { GENERATOR_CLIENT_PROFILE: join(folder, 'dangling/profile.json') },
    }),
    { code: 1, stderr: /generator-client: E/ }
  )
  t.equal(asked, 0)
  t.match(
    await runCli(['init-key', ...options], {
      environment: { GENERATOR_CLIENT_PROFILE: join(folder, 'gone/profile.json') },
    }),
    {
      code: 1,
      stdout: new RegExp(`could not be saved \\(EEXIST\\)\\. Keep it, it is issued only once: ${'ab'.repeat(32)}`),
    }
  )
  t.equal(asked, 1)
})

t.test('trusting on first use does not overwrite another service\'s profile', async t => {
  const folder = t.testdir({
    'setup.json': '{}', 'profile.json': JSON.stringify({ url: 'http://other.example:5000', api_key: 'x' })
  })
  await chmod(join(folder, 'profile.json'), 0o600)
  const environment = { GENERATOR_CLIENT_PROFILE: join(folder, 'profile.json') }
  const argv = ['setup', join(folder, 'setup.json'), '--url', 'http://127.0.0.1:1']
  t.match(await runCli([...argv, '--trust-on-first-use'], { environment }), {
    code: 2, stderr: /is that of other\.example:5000/
  })
  t.match(await runCli([...argv, '--enclave-key', ENCLAVE_KEY], { environment }), { code: 7, stderr: /UNREACHABLE/ })
  t.match(await runCli([...argv, '--enclave-key', 'x'], { environment }), {
    code: 2, stderr: /must be a secp256k1 point/
  })
})
