import t from 'tap'
import { startHttpServer, startJsonServer } from '../../fixtures/http-server.js'
import { runCli } from './run-cli.js'

const PROCESS = {
  name: 'g',
  state: 'STARTING',
  pid: 1,
  uptime_seconds: 0,
  started_at: null,
  stopped_at: null,
  exit_code: null,
  exit_signal: null,
  restarts: null,
  description: null,
  outdated_configuration: null,
}
const environment = { GENERATOR_CLIENT_PROFILE: '/nowhere/profile.json' }

async function run (...argv: string[]) {
  return await runCli(argv, { environment })
}

t.test('every kind of failure has its exit code', async t => {
  const error = (statusCode: number, code: string) => ({
    status: 'error', statusCode, code, message: 'text', data: null
  })
  const cases: [number, unknown, number][] = [
    [200, { status: 'success', message: 'Generator started', data: null, process: PROCESS }, 0],
    [202, { status: 'success', message: 'Generator is starting.', data: null, process: PROCESS }, 8],
    [401, error(401, 'API_KEY_INVALID'), 3],
    [400, error(400, 'PREFLIGHT_FAILED'), 4],
    [403, error(403, 'ENCRYPTION_REQUIRED'), 4],
    [409, error(409, 'CONFIG_NOT_FOUND'), 4],
    [404, error(404, 'PROGRAM_NOT_FOUND'), 5],
    [500, error(500, 'INTERNAL_ERROR'), 6],
    [503, error(503, 'SUPERVISOR_UNAVAILABLE'), 6],
    [504, error(504, 'SUPERVISOR_TIMEOUT'), 8],
    [200, '<html>', 9],
  ]
  for (const [statusCode, body, code] of cases) {
    const url = await startJsonServer(t, statusCode, body)
    t.equal((await run('start', '--url', url)).code, code, `HTTP ${statusCode}`)
  }
  t.match(await run('start', '--url', 'http://127.0.0.1:1'), {
    code: 7, stdout: '', stderr: /^generator-client: No connection to 127\.0\.0\.1:1: .*\(UNREACHABLE\)\n$/
  })
  const silent = await startHttpServer(t, () => {})
  t.match(await run('start', '--url', silent, '--timeout', '50'), { code: 8, stderr: /\(TIMEOUT\)/ })
  t.same(JSON.parse((await run('start', '--json', '--url', silent, '--timeout', '50')).stdout),
    {
      status: 'error',
      statusCode: null,
      code: 'TIMEOUT',
      message: `No answer within 50 ms from ${new URL(silent).host}`,
      data: null,
    })
})

t.test('a benchmark, and what the preflight warns of', async t => {
  const done = await startJsonServer(t, 200, {
    status: 'success', message: 'Proof generated in 5ms', data: { time_in_ms: 5 }
  })
  t.same(await run('benchmark', '--url', done), { code: 0, stdout: 'Proof generated in 5ms\n', stderr: '' })
  t.match(await run('benchmark', '--market', '1', '--url', done), { code: 0 })
  t.match(await run('benchmark', '--market', '1', '--market', '2', '--url', done), {
    code: 2, stderr: /benchmark takes one --market/
  })
  const check = {
    name: 'registration:0x1:2',
    result: 'warning',
    message: 'it wants to leave',
    remedy: 'wait',
    code: null,
    finding: 'requested-exit',
  }
  const warned = await startJsonServer(t, 200, {
    status: 'success',
    message: 'Preflight checks done',
    data: { startable: true, chain_checks: 'strict', checks: [check] },
  })
  t.same(await run('preflight', '--url', warned), {
    code: 0, stdout: '!  Registration 0x1 2  it wants to leave\n                       → wait\n', stderr: ''
  })
})

t.test('wrong use', async t => {
  const cases: [string[], RegExp][] = [
    [[], /Name a command: generator-client --help lists them\n$/],
    [['config'], /Name a command/],
    [['nothing'], /Unknown command 'nothing'\. See generator-client --help\n$/],
    [['help', 'nothing'], /Unknown command 'nothing'\. See generator-client --help\n$/],
    [['help', 'config', 'shwo'], /Unknown command 'shwo'\. See/],
    [['statsu'], /Unknown command 'statsu' \(Did you mean status\?\)\. See/],
    [['config', 'shwo'], /Unknown command 'shwo' \(Did you mean show\?\)\. See/],
    [['logs', '--folow'], /Unknown option '--folow' \(Did you mean --follow\?\)\. See/],
    [['status', 'now'], /Too many arguments for 'status'\. Expected 0 arguments but got 1\. See/],
    [['status', '--follow'], /Unknown option '--follow'/],
    [
      ['status', '--timeout', '0'],
      /Option '--timeout <ms>' argument '0' is invalid\. It must be a whole number from 1\. See/,
    ],
    [['status', '--url', 'nonsense'], /Invalid URL/],
    [['status', '--url'], /Option '--url <url>' argument missing/],
    [['logs', '--lines', 'x'], /It must be a whole number from 1/],
    [['logs', '--stream', 'x'], /Allowed choices are stdout, stderr/],
    [['sign-attestation', 'file'], /Missing required argument 'address'/],
    [['generator', 'add', '0x1'], /Required option '--market <id>' not specified/],
  ]
  for (const [argv, message] of cases) {
    t.match(await run(...argv), { code: 2, stdout: '', stderr: message }, argv.join(' '))
    t.match(JSON.parse((await run('--json', ...argv)).stdout), {
      status: 'error', statusCode: null, code: 'USAGE', data: null
    })
  }
})

t.test('an option that does not exist does not show its value', async t => {
  const { code, stderr } = await run('config', 'set', `--private_key=${'5'.repeat(64)}`)
  t.equal(code, 2)
  t.match(stderr, /Unknown option '--private_key'\. See/)
  t.notMatch(stderr, '555')
})

t.test('preflight and logs', async t => {
  const checks = [
    { name: 'rpc', result: 'pass', message: 'RPC endpoint answers', remedy: null, code: null, finding: null },
    {
      name: 'balance',
      result: 'fail',
      message: 'too poor',
      remedy: 'Send ETH',
      code: 'INSUFFICIENT_BALANCE',
      finding: null,
    },
  ]
  let startable = false
  const answers: Record<string, () => unknown> = {
    '/api/preflight': () => ({ startable, chain_checks: 'strict', checks }),
    '/api/getGeneratorLogs?stream=stdout': () => ({ stream: 'stdout', lines: ['one', '\u001b[31mtwo\u001b[0m'] }),
    '/api/getGeneratorLogs?stream=stderr&lines=3': () => ({ stream: 'stderr', lines: ['error'] }),
  }
  const url = await startHttpServer(t, (request, response) => {
    const refusal = { status: 'error', statusCode: 400, code: 'PREFLIGHT_FAILED', message: 'too poor', data: checks }
    if (request.url === '/api/startGenerator') {
      response.writeHead(400).end(JSON.stringify(refusal))
    } else if (request.url?.includes('follow') === true) {
      response.writeHead(200).end('data: \u001b]0;title\u0007new\n\ndata: newer\n\n')
    } else {
      response.end(JSON.stringify({ status: 'success', message: 'm', data: answers[request.url!]?.() }))
    }
  })
  const shown = '✓  RPC endpoint  RPC endpoint answers\n✗  Balance       too poor\n                 → Send ETH\n'
  t.same(await run('preflight', '--url', url), { code: 4, stdout: shown, stderr: '' })
  startable = true
  t.same(await run('preflight', '--url', url), { code: 0, stdout: shown, stderr: '' })
  t.same(await run('start', '--url', url), {
    code: 4,
    stdout: '',
    stderr: 'generator-client: too poor (PREFLIGHT_FAILED)\n✗  Balance  too poor\n            → Send ETH\n',
  })
  t.same(await run('logs', '--url', url), { code: 0, stdout: 'one\ntwo\n', stderr: '' })
  t.same(await run('logs', '--lines', '3', '--stream', 'stderr', '--url', url), {
    code: 0, stdout: 'error\n', stderr: ''
  })
  t.same(await run('logs', '--follow', '--url', url), { code: 0, stdout: 'new\nnewer\n', stderr: '' })
  t.equal(
    (await run('logs', '-f', '--json', '--url', url)).stdout, '{"line":"\\u001b]0;title\\u0007new"}\n{"line":"newer"}\n'
  )
})
