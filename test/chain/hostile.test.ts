import { execFile } from 'node:child_process'
import type { ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { createPreflight, type PreflightCheck } from '../../src/chain/preflight.js'
import { ENCLAVE_PUBLIC_KEY, runtimeConfig } from './configuration.js'
import type { Measurement } from '../fixtures/measured-check.js'
import { drip, flood, readBody, sendJson, serve, serveRpc } from './servers.js'

const TIMEOUT_MS = 1500
const MEGABYTE = 1024 * 1024
const CANARY = 'secret-canary'

const preflight = createPreflight({
  network: 'any', timeoutMs: TIMEOUT_MS, skipVerification: false, enclavePublicKey: () => ENCLAVE_PUBLIC_KEY,
})

let misbehaviours = 0
t.teardown(() => t.comment(`${misbehaviours} misbehaviours tried`))

/** Checks the endpoint in time, with a provider's key in the path. Expects that `rpc` fails and nothing leaks. */
async function expectUnavailable (t: Test, url: string, reason: string): Promise<void> {
  misbehaviours += 1
  const start = performance.now()
  const checks = await preflight.checkRuntime(runtimeConfig(`${url}/v2/${CANARY}`))
  t.ok(performance.now() - start < TIMEOUT_MS + 5000, 'in time')
  t.strictSame(checks.map(({ name, result, code }) => [name, result, code]), [
    ['rpc', 'fail', 'RPC_UNAVAILABLE'], ['chain_id', 'skipped', null], ['balance', 'skipped', null],
  ])
  t.equal(checks[0]?.message, `RPC endpoint ${new URL(url).host} ${reason}`)
  t.notMatch(JSON.stringify(checks), CANARY)
}

const UNAVAILABLE: Array<[string, (response: ServerResponse) => void, string]> = [
  ['silent', () => { /* never answers */ }, 'did not answer in time'],
  ['silent after its headers', response => response.writeHead(200).flushHeaders(), 'did not answer in time'],
  ['dripping', drip, 'did not answer in time'],
  ['closing', response => response.destroy(), 'could not be reached (ECONNRESET)'],
  ['HTML', response => response.end(`<html>${CANARY}</html>`), 'answered with something that is not JSON-RPC'],
  ['failing', response => sendJson(response, { message: CANARY }, 502), 'answered with HTTP status 502'],
  [
    'switching protocols',
    response => {
      response.socket?.write(
        'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n'
      )
    },
    'answered with HTTP status 101',
  ],
  ['without content', response => response.writeHead(204).end(), 'answered with HTTP status 204'],
  ['dripping headers', response => {
    response.socket?.write('HTTP/1.1 200 OK\r\n')
    const timer = setInterval(() => response.socket?.write('x: y\r\n'), 20)
    response.on('close', () => clearInterval(timer))
  }, 'did not answer in time'],
]
for (const [name, respond, reason] of UNAVAILABLE) {
  t.test(`an RPC endpoint that is ${name}`, async t => {
    await expectUnavailable(t, await serve(t, (_request, response) => respond(response)), reason)
  })
}

t.test('refused', async t => {
  await expectUnavailable(t, 'http://127.0.0.1:1', 'could not be reached (ECONNREFUSED)')
})

const ODD_ANSWERS: Array<[string, object, string]> = [
  ['an error object', { error: { code: -32601, message: CANARY } }, 'refused a basic call with error code -32601'],
  ['a wrong id', { id: 99, result: '0x1' }, 'answered with something that is not JSON-RPC'],
  ['text for a number', { result: CANARY }, 'answered a basic call with something that is not a number'],
  [
    'a number too large',
    { result: `0x${'f'.repeat(65)}` },
    'answered a basic call with something that is not a number',
  ],
  ['null', { result: null }, 'answered a basic call with something that is not a number'],
]
for (const [name, answer, reason] of ODD_ANSWERS) {
  t.test(`an RPC endpoint that answers with ${name}`, async t => {
    await expectUnavailable(t, await serveRpc(t, () => answer), reason)
  })
}

t.test('wrong chain id', async t => {
  misbehaviours += 1
  const checks = await preflight.checkRuntime(runtimeConfig(await serveRpc(t, () => ({ result: '0x1' }))))
  t.strictSame(checks.map(({ result, code }) => [result, code]), [
    ['pass', null], ['fail', 'CHAIN_MISMATCH'], ['skipped', null]
  ])
})

t.test('a redirect, to loopback or anywhere, is not followed', async t => {
  let reached = 0
  const inner = await serve(t, (_request, response) => {
    reached++
    response.end()
  })
  for (const status of [301, 302, 303, 307, 308]) {
    const url = await serve(t, (_request, response) => response.writeHead(status, { location: inner }).end())
    await expectUnavailable(t, url, 'redirects elsewhere, which is not followed')
  }
  t.equal(reached, 0)
})

/**
 * Runs measured-check.ts in another process, to keep the server of the test and its buffers out of the measurement.
 * V8's second compilation of the HTTP parser stays out, too. It takes some 25 MB once.
 */
async function measure (url: string, generators: number): Promise<Measurement> {
  misbehaviours += 1
  const program = fileURLToPath(new URL('../fixtures/measured-check.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv, '--liftoff-only', program, url, String(generators), '3000'
  ])
  return JSON.parse(stdout) as Measurement
}

function expectSmall (t: Test, { checks, milliseconds, grownBytes }: Measurement): PreflightCheck | undefined {
  t.ok(grownBytes < 40 * MEGABYTE, `grew by ${(grownBytes / MEGABYTE).toFixed(1)} MB`)
  t.ok(milliseconds < 4000, `took ${milliseconds.toFixed()} ms`)
  return checks.find(({ result }) => result === 'fail')
}

t.test('an answer of 1 GB', async t => {
  const url = await serve(t, (_request, response) => flood(response))
  const failure = expectSmall(t, await measure(url, 1))
  t.match(failure, { name: 'rpc', code: 'RPC_UNAVAILABLE', message: /answered with far more data than was asked for$/ })
})

/** Answers the first exchange as an honest endpoint would. The others come in parallel and get `respond`. */
async function serveTrap (t: Test, respond: (response: ServerResponse) => void): Promise<string> {
  return await serve(t, async (request, response) => {
    const body = await readBody(request)
    if (!Array.isArray(body) || body[0]?.method !== 'eth_chainId') return respond(response)
    sendJson(
      response,
      body.map(({ id, method }) => ({
        jsonrpc: '2.0', id, result: method === 'eth_chainId' ? '0x7a69' : '0xde0b6b3a7640000'
      }))
    )
  })
}

t.test('ten answers of 1 GB at once', async t => {
  const failure = expectSmall(t, await measure(await serveTrap(t, flood), 100))
  t.match(failure, { name: 'rpc', message: /answered with far more data than was asked for$/ })
})

t.test('ten answers below the limit that unfold into many values', async t => {
  const url = await serveTrap(t, response => response.end(`[${'[],'.repeat(20_000)}[]]`))
  const failure = expectSmall(t, await measure(url, 100))
  t.match(failure, { name: 'rpc', message: /answered with something that is not JSON-RPC$/ })
})
