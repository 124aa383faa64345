import t, { type Test } from 'tap'
import type { PreflightCheck } from '../../src/chain/preflight.js'
import { ENCLAVE_PUBLIC_KEY_HEX, GENERATOR } from './configuration.js'
import { failuresOf, find, resultsOf, setMarketKey, setState, startRehearsal } from './rehearsal.js'
import { sendJson, serveProxy, serveRpc, type Intercept } from './servers.js'

const rehearsal = await startRehearsal(t)
const { url, chain, preflight, configured } = rehearsal

/** Everything on record for one generator and market. */
const REGISTERED = [setState(GENERATOR, '1', 1), setMarketKey(GENERATOR, '1', ENCLAVE_PUBLIC_KEY_HEX)]

async function checkThroughProxy (t: Test, intercept: Intercept): Promise<PreflightCheck[]> {
  const endpoint = await serveProxy(t, url, intercept)
  return await preflight.checkAll(configured({ [GENERATOR]: ['1'] }, { http_url: endpoint }))
}

t.test('a provider that refuses batches, always or above a size', async t => {
  await rehearsal.onSnapshot(t)
  await chain.transact(REGISTERED)
  for (const largest of [0, 2]) {
    const markets = Array.from({ length: 4 }, (_, index) => String(index))
    const endpoint = await serveProxy(t, url, async ({ body, response, forward }) => {
      if (Array.isArray(body) && body.length > largest) {
        sendJson(
          response, { code: 31, message: 'no such batches' }, 500
        )
      } else await forward()
    })
    const checks = await preflight.checkAll(configured({ [GENERATOR]: markets }, { http_url: endpoint }))
    t.equal(find(checks, 'rpc')?.result, 'pass')
    t.strictSame(
      markets.map(market => find(checks, `registration:${GENERATOR}:${market}`)?.result),
      ['fail', 'pass', 'fail', 'fail']
    )
  }
})

t.test('a provider that fails after the first exchange: what was found stays, the rest is skipped', async t => {
  let exchanges = 0
  const checks = await checkThroughProxy(t, async ({ response, forward }) => {
    if (++exchanges === 1) await forward()
    else sendJson(response, { secret: 'canary' }, 502)
  })
  t.strictSame(resultsOf(checks), {
    rpc: 'fail',
    chain_id: 'pass',
    balance: 'pass',
    [`ecies_key:${GENERATOR}`]: 'skipped',
    [`registration:${GENERATOR}:1`]: 'skipped',
  })
  t.match(find(checks, 'rpc'), { code: 'RPC_UNAVAILABLE', message: /answered with HTTP status 502$/ })
})

t.test('a provider that limits its plan: as many findings as there was time for, and what to do', async t => {
  let exchanges = 0
  const checks = await checkThroughProxy(t, async ({ response, forward }) => {
    if (++exchanges === 1) await forward()
    else response.writeHead(429, { 'retry-after': '60' }).end('secret-canary')
  })
  const rpc = find(checks, 'rpc')
  t.match(rpc, {
    result: 'fail',
    code: 'RPC_UNAVAILABLE',
    message: /^RPC endpoint 127\.0\.0\.1:\d+ did not let all calls through in time: the provider limits this plan$/,
    remedy:
      'Use a plan with more calls a second, or raise OPERATION_TIMEOUT_MS, the time that all answers together may take.',
  })
  t.equal(find(checks, 'chain_id')?.result, 'pass')
})

t.test('a flapping provider: every check is true to its moment', async t => {
  await rehearsal.onSnapshot(t)
  await chain.transact(REGISTERED)
  let up = true
  const endpoint = await serveProxy(t, url, async ({ response, forward }) => {
    if (up) await forward()
    else response.destroy()
  })
  for (let round = 0; round < 6; round++) {
    up = round % 2 === 0
    const checks = await preflight.checkAll(configured({ [GENERATOR]: ['1'] }, { http_url: endpoint }))
    t.strictSame(new Set(checks.map(({ result }) => result)), new Set(up ? ['pass'] : ['fail', 'skipped']))
  }
})

type CallAnswer = { result: unknown } | { error: { code: number, message: string } }
const REVERTS: CallAnswer[] = [
  { error: { code: 3, message: 'execution reverted' } },
  { error: { code: -32000, message: 'execution reverted: no such market' } },
  { error: { code: -32015, message: 'VM execution error.' } },
  { error: { code: -32000, message: 'invalid opcode: INVALID' } },
  { result: '0x' },
  { result: '0x1234' },
]
const NO_ANSWERS: Array<[CallAnswer, string]> = [
  [{ error: { code: -32001, message: 'secret-canary not found' } }, 'refused eth_call with error code -32001'],
  [{ result: 'secret-canary' }, 'answered eth_call with something that is not data'],
  [{ result: 42 }, 'answered eth_call with something that is not data'],
]

/** An endpoint of the right chain with a rich account, whose eth_call answers in one way. */
async function checkWithCalls (t: Test, answer: CallAnswer): Promise<PreflightCheck[]> {
  const endpoint = await serveRpc(t, ({ method }) => {
    if (method === 'eth_chainId') return { result: '0x7a69' }
    return method === 'eth_getBalance' ? { result: '0xde0b6b3a7640000' } : answer
  })
  return await preflight.checkAll(configured({ [GENERATOR]: ['1'] }, { http_url: endpoint }))
}

t.test('reverts as the clients spell them, and data of another form: not registered', async t => {
  for (const answer of REVERTS) {
    const checks = await checkWithCalls(t, answer)
    t.strictSame(
      failuresOf(checks).map(({ code }) => code), ['PREFLIGHT_FAILED', 'PREFLIGHT_FAILED'], JSON.stringify(answer)
    )
  }
})

t.test('calls that are not answered say nothing about the generator', async t => {
  for (const [answer, message] of NO_ANSWERS) {
    const checks = await checkWithCalls(t, answer)
    t.strictSame(failuresOf(checks).map(({ name, code }) => `${name} ${code}`), ['rpc RPC_UNAVAILABLE'])
    t.ok(find(checks, 'rpc')?.message.endsWith(message))
  }
})
