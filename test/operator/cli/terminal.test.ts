import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import t, { type Test } from 'tap'
import { run } from '../../../operator/cli/run.js'
import { startHttpServer } from '../../fixtures/http-server.js'
import { runCli } from './run-cli.js'

const PROCESS = {
  name: 'g',
  state: 'RUNNING',
  pid: 1,
  uptime_seconds: 93_784,
  started_at: null,
  stopped_at: null,
  exit_code: null,
  exit_signal: null,
  restarts: 0,
  description: null,
  outdated_configuration: true,
}
const environment = { GENERATOR_CLIENT_PROFILE: '/nowhere/profile.json' }
const running = {
  status: 'success', message: 'Generator status fetched', data: 'Generator has been started.', process: PROCESS
}
const stopped = {
  ...running,
  data: 'Generator has been stopped.',
  process: { ...PROCESS, state: 'FATAL', pid: null, uptime_seconds: null, outdated_configuration: null },
}
const busy = { status: 'error', statusCode: 503, code: 'SUPERVISOR_UNAVAILABLE', message: 'not now', data: null }
const locked = { status: 'error', statusCode: 401, code: 'API_KEY_INVALID', message: 'no', data: null }

/** A server with an answer for each request; the last one stays. */
async function startSequence (t: Test, answers: object[]): Promise<string> {
  const left = [...answers]
  return await startHttpServer(t, (_request, response) => {
    const answer = left.length > 1 ? left.shift()! : left[0]!
    const { statusCode = 200 } = answer as { statusCode?: number }
    response.writeHead(statusCode).end(JSON.stringify(answer))
  })
}

/** The tests' own environment may forbid colours. */
function allowColors (t: Test): void {
  const { FORCE_COLOR: before } = process.env
  process.env['FORCE_COLOR'] = '1'
  t.teardown(() => {
    if (before === undefined) delete process.env['FORCE_COLOR']
    else process.env['FORCE_COLOR'] = before
  })
}

function terminal () {
  return Object.assign(new PassThrough(), { isTTY: true, columns: 80 })
}

t.test('facts about the process are in the words of the operator', async t => {
  const url = await startSequence(t, [{ ...running, process: { ...PROCESS, orphan_pids: [47, 48] } }])
  t.same(await runCli(['status', '--url', url], { environment }), {
    code: 0,
    stdout: `Generator has been started.
  Program                 g
  State                   RUNNING
  Process                 1
  Running for             1 d 2 h
  Restarts after a crash  0
  Configuration           older than the files
  Processes left over     47, 48
`,
    stderr: '',
  })
})

t.test('status --watch in a pipe prints each change, outlives a service that is away, ends with the key', async t => {
  const answers = [running, running, busy, running, stopped, locked]
  const shown = await runCli(['status', '--watch', '1', '--url', await startSequence(t, answers)], { environment })
  t.equal(shown.code, 3)
  t.same(shown.stdout.match(/^Generator .*/gm), [
    'Generator has been started.', 'Generator has been started.', 'Generator has been stopped.'
  ])
  t.match(
    shown.stderr,
    /^generator-client: not now \(SUPERVISOR_UNAVAILABLE\)\ngenerator-client: no \(API_KEY_INVALID\)\n$/
  )
  const documents = await runCli(
    ['status', '--watch', '1', '--json', '--url', await startSequence(t, [running, running, locked])],
    { environment }
  )
  t.same(documents.stdout.trim().split('\n').map(line => JSON.parse(line)), [{ ...running, statusCode: 200 }, locked])
  t.match(
    await runCli(['status', '--watch', '--url', await startSequence(t, [busy])], { environment }),
    { code: 6, stdout: '' },
    'the first answer must be good'
  )
})

t.test('status --watch on a terminal replaces what it shows', async t => {
  allowColors(t)
  const stdout = terminal()
  const url = await startSequence(t, [running, stopped, locked])
  t.equal(
    await run({
      argv: ['status', '--watch', '1', '--url', url],
      environment,
      streams: { stdin: Readable.from([]), stdout, stderr: terminal() },
    }),
    3
  )
  const screens = String(stdout.read()).split('\u001b[H\u001b[2J\u001b[3J')
  t.equal(screens.length, 3)
  t.ok(screens[1]?.startsWith('\u001b[32mGenerator has been started.\u001b[39m\n'))
  t.ok(screens[2]?.startsWith('\u001b[31mGenerator has been stopped.\u001b[39m\n'))
})

t.test('a terminal shows what takes long, and only until there is more to say', async t => {
  const stderr = terminal()
  const url = await startHttpServer(t, async (_request, response) => {
    // The answer comes when the spinner has been seen.
    while (!String(stderr.read() ?? '').includes('Starting')) await once(stderr, 'readable')
    response.end(JSON.stringify({ ...running, data: null }))
  })
  const written: string[] = []
  const write = stderr.write.bind(stderr)
  stderr.write = ((text: string) => { written.push(text); return write(text) }) as typeof stderr.write
  const stdout = terminal()
  t.equal(
    await run({ argv: ['start', '--url', url], environment, streams: { stdin: Readable.from([]), stdout, stderr } }),
    0
  )
  t.match(stripVTControlCharacters(written[0]!), /^\r[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] Starting \(1 s\)$/)
  t.equal(written.at(-1), '\r\u001b[K')
  t.match(stripVTControlCharacters(String(stdout.read())), /^Generator status fetched\n/)
})

t.test('marks have colours on a terminal, and text of the network cannot make any', async t => {
  allowColors(t)
  const check = (name: string, result: string) => ({
    name, result, message: '\u001b[31mred\u001b[0m', remedy: null, code: null, finding: null
  })
  const checks = [
    check('rpc', 'pass'),
    check('stake', 'warning'),
    check(`registration:0x${'1'.repeat(40)}:7`, 'fail'),
    check('unknown', 'skipped'),
  ]
  const url = await startSequence(t, [{ ...running, data: { startable: true, chain_checks: 'strict', checks } }])
  const stdout = terminal()
  await run({
    argv: ['preflight', '--url', url], environment, streams: { stdin: Readable.from([]), stdout, stderr: terminal() }
  })
  t.equal(String(stdout.read()), [
    '\u001b[32m✓\u001b[39m  RPC endpoint                red',
    '\u001b[33m!\u001b[39m  Stake                       red',
    '\u001b[31m✗\u001b[39m  Registration 0x1111…1111 7  red',
    '\u001b[90m–\u001b[39m  unknown                     red',
    '',
  ].join('\n'))
})
