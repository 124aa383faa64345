import t, { type Test } from 'tap'
import { createPreflight } from '../../src/chain/preflight.js'
import type { Account } from '../../src/chain/checks/runtime-checks.js'
import { configuration, ENCLAVE_PUBLIC_KEY, runtimeConfig } from './configuration.js'
import { readBody, type RpcRequest, sendJson, serve } from './servers.js'

const ANSWERS: Record<string, object> = {
  eth_chainId: { result: '0x7a69' }, eth_getBalance: { result: '0xde0b6b3a7640000' }
}

/** Returns every finding of the account check when eth_blockNumber is answered like this, or not at all (null). */
async function check (t: Test, blockNumber: object | null, { takesBatches = true } = {}) {
  const requests: (RpcRequest | RpcRequest[])[] = []
  const url = await serve(t, async (request, response) => {
    const body = await readBody(request)
    requests.push(body)
    const respond = ({ id, method }: RpcRequest) => ({ jsonrpc: '2.0', id, ...ANSWERS[method] ?? blockNumber })
    if (!Array.isArray(body)) sendJson(response, respond(body))
    else if (takesBatches) {
      sendJson(
        response, body.filter(({ method }) => method !== 'eth_blockNumber' || blockNumber !== null).map(respond)
      )
    } else sendJson(response, { error: { code: -32600, message: 'no batches' } })
  })
  const accounts: Account[] = []
  const failed: boolean[] = []
  const preflight = createPreflight({
    network: 'any',
    timeoutMs: 20_000,
    skipVerification: true,
    enclavePublicKey: () => ENCLAVE_PUBLIC_KEY,
    onAccount: account => accounts.push(account),
    onExchange: (_seconds, error) => failed.push(error !== null),
  })
  const checks = await preflight.checkAll(configuration(runtimeConfig(url), {}))
  t.strictSame(checks.map(({ result }) => result), ['pass', 'pass', 'pass'])
  t.equal(failed.length, requests.length)
  t.strictSame(failed.filter(Boolean), [])
  return { accounts, requests }
}

t.test('the block number rides in the first exchange', async t => {
  const { accounts, requests } = await check(t, { result: '0x10' })
  t.strictSame(accounts, [{ balanceWei: 10n ** 18n, blockNumber: 16n }])
  t.equal(requests.length, 1)
})

t.test('whatever comes in its place fails nothing', async t => {
  for (const answer of [
    null,
    {},
    { result: null },
    { result: 'latest' },
    { result: '0x' },
    { error: { code: -32601, message: 'no' } },
    { id: 99, result: '0x1' },
    { error: 'no' },
  ]) {
    const { accounts, requests } = await check(t, answer)
    t.strictSame(accounts, [{ balanceWei: 10n ** 18n, blockNumber: null }], JSON.stringify(answer))
    t.equal(requests.length, 1)
  }
})

t.test('it is worth no exchange of its own', async t => {
  const { accounts, requests } = await check(t, { result: '0x10' }, { takesBatches: false })
  t.equal(accounts[0]?.blockNumber, null)
  t.strictSame(
    requests.map(body => Array.isArray(body) ? body.length : body.method), [3, 'eth_chainId', 'eth_getBalance']
  )
})
