import t, { type Test } from 'tap'
import type { Configuration } from '../../schemas/configuration.js'
import { createPreflight, createSkippedPreflight, type PreflightCheck } from '../../src/chain/preflight.js'
import { startAnvil } from '../anvil.js'
import { deployContracts, type ContractCall } from '../contracts/deploy.js'
import {
  configuration, ENCLAVE_PUBLIC_KEY, ENCLAVE_PUBLIC_KEY_HEX, GENERATOR, HASH_MARKET, OTHER_GENERATOR, runtimeConfig,
} from './configuration.js'
import { sendJson, serveProxy, serveRpc, type Intercept } from './servers.js'

const anvil = await startAnvil()
t.teardown(anvil.stop)
const chain = await deployContracts(anvil.url)
const { GeneratorRegistry, ProverRegistry, EntityKeyRegistry } = chain.addresses
const REGISTRIES = { generator_registry: GeneratorRegistry, entity_registry: EntityKeyRegistry }
const POOR_KEY = '0x' + '11'.repeat(32)
const POOR_ACCOUNT = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'

const preflight = createPreflight({
  network: 'any', timeoutMs: 5000, skipVerification: false, enclavePublicKey: () => ENCLAVE_PUBLIC_KEY,
})

function setState (generator: string, market: string, state: number, contract: 'GeneratorRegistry' | 'ProverRegistry' = 'GeneratorRegistry'): ContractCall {
  return { contract, function: 'setState', values: [generator, market, state] }
}

function setMarketKey (generator: string, market: string, key: string): ContractCall {
  return { contract: 'EntityKeyRegistry', function: 'setMarketKey', values: [generator, market, key] }
}

function setKey (generator: string, key: string): ContractCall {
  return { contract: 'EntityKeyRegistry', function: 'setKey', values: [generator, key] }
}

function configured (markets: Record<string, string[]>, changes: Parameters<typeof runtimeConfig>[1] = {}): Configuration {
  return configuration(runtimeConfig(anvil.url, { ...REGISTRIES, ...changes }), markets)
}

/** Undoes what the test changes on the chain. */
async function onSnapshot (t: Test): Promise<void> {
  const snapshot = await chain.rpc('evm_snapshot')
  t.teardown(async () => { await chain.rpc('evm_revert', snapshot) })
}

const resultsOf = (checks: PreflightCheck[]) => Object.fromEntries(checks.map(({ name, result }) => [name, result]))
const failuresOf = (checks: PreflightCheck[]) => checks.filter(({ result }) => result === 'fail').map(({ name, code, message }) => ({ name, code, message }))
const find = (checks: PreflightCheck[], name: string) => checks.find(check => check.name === name)

const host = new URL(anvil.url).host

t.test('the runtime checks pass on a funded key', async t => {
  t.strictSame(await preflight.checkRuntime(runtimeConfig(anvil.url)), [
    { name: 'rpc', result: 'pass', message: `RPC endpoint ${host} answers`, remedy: null, code: null },
    { name: 'chain_id', result: 'pass', message: 'The RPC endpoint serves chain 31337', remedy: null, code: null },
    {
      name: 'balance',
      result: 'pass',
      message: `Runtime account 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 has ${BigInt(await chain.rpc('eth_getBalance', '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266', 'latest') as string)} wei`,
      remedy: null,
      code: null,
    },
  ])
})

t.test('the least sufficient balance is 5e16 wei', async t => {
  await onSnapshot(t)
  const runtime = runtimeConfig(anvil.url, { private_key: POOR_KEY })
  await chain.rpc('anvil_setBalance', POOR_ACCOUNT, `0x${(5n * 10n ** 16n - 1n).toString(16)}`)
  t.strictSame(find(await preflight.checkRuntime(runtime), 'balance'), {
    name: 'balance',
    result: 'fail',
    code: 'INSUFFICIENT_BALANCE',
    message: "Runtime private_key doesn't have enough balance, minimum balance required is 0.05ETH",
    remedy: `Send ETH to ${POOR_ACCOUNT}, the account of private_key: it has 49999999999999999 wei and needs 50000000000000000.`,
  })
  await chain.rpc('anvil_setBalance', POOR_ACCOUNT, `0x${(5n * 10n ** 16n).toString(16)}`)
  t.equal(find(await preflight.checkRuntime(runtime), 'balance')?.result, 'pass')
})

t.test('another chain: nothing that it says counts', async t => {
  const checks = await preflight.checkAll(configured({ [GENERATOR]: ['1'] }, { chain_id: 42161 }))
  t.strictSame(resultsOf(checks), {
    rpc: 'pass', chain_id: 'fail', balance: 'skipped', [`ecies_key:${GENERATOR}`]: 'skipped', [`registration:${GENERATOR}:1`]: 'skipped',
  })
  t.strictSame(failuresOf(checks), [{
    name: 'chain_id', code: 'CHAIN_MISMATCH', message: `RPC endpoint ${host} serves chain 31337, but chain_id is 42161`,
  }])
})

t.test('a poor key does not hide what else is wrong', async t => {
  const checks = await preflight.checkAll(configured({ [GENERATOR]: ['1'] }, { private_key: POOR_KEY }))
  t.strictSame(failuresOf(checks).map(({ code }) => code), ['INSUFFICIENT_BALANCE', 'PREFLIGHT_FAILED', 'PREFLIGHT_FAILED'])
})

t.test('nothing on record: every text, in order', async t => {
  const checks = await preflight.checkAll(configured({ [GENERATOR]: ['1', HASH_MARKET], [OTHER_GENERATOR]: ['2'] }))
  t.strictSame(checks.map(({ name }) => name), [
    'rpc', 'chain_id', 'balance', `ecies_key:${GENERATOR}`, `ecies_key:${OTHER_GENERATOR}`,
    `registration:${GENERATOR}:1`, `registration:${GENERATOR}:${HASH_MARKET}`, `registration:${OTHER_GENERATOR}:2`,
  ])
  t.strictSame(failuresOf(checks).map(({ message }) => message), [
    `ECIES key not updated in the registry for generator : ${GENERATOR}`,
    `ECIES key not updated in the registry for generator : ${OTHER_GENERATOR}`,
    `Generator ${GENERATOR} is not registered for market 1. Please register and try again`,
    `Generator ${GENERATOR} is not registered for market ${HASH_MARKET}. Please register and try again`,
    `Generator ${OTHER_GENERATOR} is not registered for market 2. Please register and try again`,
  ])
  t.match(find(checks, `ecies_key:${GENERATOR}`)?.remedy, `for market 1, ${HASH_MARKET};`)
  t.match(find(checks, `registration:${GENERATOR}:1`)?.remedy, 'joinMarketplace')
})

t.test('registered in both generations of market ids, whatever the state and the case of the address', async t => {
  await onSnapshot(t)
  const markets = ['0', '1', '2', (2n ** 256n - 1n).toString()]
  await chain.transact([
    ...markets.map((market, index) => setState(GENERATOR, market, index + 1)),
    ...markets.map(market => setMarketKey(GENERATOR, market, ENCLAVE_PUBLIC_KEY_HEX)),
    setState(OTHER_GENERATOR, BigInt(HASH_MARKET).toString(), 1),
    setKey(OTHER_GENERATOR, ENCLAVE_PUBLIC_KEY_HEX),
  ])
  const wrongChecksum = GENERATOR.replace('d', 'D')
  const checks = await preflight.checkAll(configured({ [wrongChecksum]: markets, [OTHER_GENERATOR]: [HASH_MARKET] }))
  t.strictSame(new Set(checks.map(({ result }) => result)), new Set(['pass']))
  t.equal(checks.length, 3 + 2 + 5)
})

t.test('the key of another enclave, or of this one before its restart', async t => {
  await onSnapshot(t)
  const otherKey = `0x${'08'.repeat(64)}`
  await chain.transact([
    setMarketKey(GENERATOR, '1', ENCLAVE_PUBLIC_KEY_HEX), setMarketKey(GENERATOR, '2', otherKey), setKey(OTHER_GENERATOR, otherKey),
  ])
  const checks = await preflight.checkAll(configured({ [GENERATOR]: ['1', '2'], [OTHER_GENERATOR]: [HASH_MARKET] }))
  t.strictSame(find(checks, `ecies_key:${GENERATOR}`), {
    name: `ecies_key:${GENERATOR}`,
    result: 'fail',
    code: 'PREFLIGHT_FAILED',
    message: `Local ECIES pub key does not match the ecies pub key in registry for generator : ${GENERATOR}`,
    remedy: 'An enclave restart makes a new key, which must be registered again: signAttestation, then updateEncryptionKey of the SDK, for market 2.',
  })
  t.equal(find(checks, `ecies_key:${OTHER_GENERATOR}`)?.message,
    `Local ECIES pub key does not match the ecies pub key in registry for generator : ${OTHER_GENERATOR}`)
})

t.test('the key of one market missing', async t => {
  await onSnapshot(t)
  await chain.transact([setMarketKey(GENERATOR, '1', ENCLAVE_PUBLIC_KEY_HEX)])
  const check = find(await preflight.checkAll(configured({ [GENERATOR]: ['1', '2'] })), `ecies_key:${GENERATOR}`)
  t.equal(check?.message, `ECIES key not updated in the registry for generator : ${GENERATOR}`)
  t.match(check?.remedy, 'for market 2;')
})

t.test('a generator without markets', async t => {
  const checks = await preflight.checkAll(configured({ [GENERATOR]: [] }))
  t.match(find(checks, `ecies_key:${GENERATOR}`), { result: 'skipped', message: /has no supported_markets/ })
})

t.test('a registry that reverts on the generator names is asked under the prover name', async t => {
  await onSnapshot(t)
  await chain.transact([
    setState(GENERATOR, '1', 1, 'ProverRegistry'), setState(GENERATOR, BigInt(HASH_MARKET).toString(), 3, 'ProverRegistry'),
  ])
  const checks = await preflight.checkAll(configured({ [GENERATOR]: ['1', '2', HASH_MARKET] }, { generator_registry: ProverRegistry }))
  t.equal(find(checks, `registration:${GENERATOR}:1`)?.result, 'pass')
  t.equal(find(checks, `registration:${GENERATOR}:2`)?.result, 'fail')
  t.equal(find(checks, `registration:${GENERATOR}:${HASH_MARKET}`)?.result, 'pass')
})

t.test('addresses that hold no contract, or another one', async t => {
  const empty = '0x000000000000000000000000000000000000bEEF'
  for (const address of [empty, GeneratorRegistry]) {
    const checks = await preflight.checkAll(configured({ [GENERATOR]: ['1'] }, { entity_registry: address }))
    t.equal(find(checks, `ecies_key:${GENERATOR}`)?.message, `ECIES key not updated in the registry for generator : ${GENERATOR}`)
  }
  for (const address of [empty, EntityKeyRegistry]) {
    const checks = await preflight.checkAll(configured({ [GENERATOR]: ['1'] }, { generator_registry: address }))
    t.match(find(checks, `registration:${GENERATOR}:1`), {
      message: `Generator ${GENERATOR} is not registered for market 1. Please register and try again`,
      remedy: /generator_registry does not answer/,
    })
  }
})

t.test('SKIP_VERIFICATION skips the comparison of keys, and nothing else', async t => {
  const lenient = createPreflight({ network: 'any', timeoutMs: 5000, skipVerification: true, enclavePublicKey: () => ENCLAVE_PUBLIC_KEY })
  const checks = await lenient.checkAll(configured({ [GENERATOR]: ['1'] }))
  t.strictSame(find(checks, `ecies_key:${GENERATOR}`), {
    name: `ecies_key:${GENERATOR}`, result: 'skipped', message: 'Not checked: SKIP_VERIFICATION is true', remedy: null, code: null,
  })
  t.equal(find(checks, `registration:${GENERATOR}:1`)?.result, 'fail')
})

t.test('CHAIN_CHECKS=off lists everything as skipped', async t => {
  const off = createSkippedPreflight()
  const runtime = runtimeConfig('http://127.0.0.1:1')
  const skipped = (name: string) => ({ name, result: 'skipped', message: 'Not checked: CHAIN_CHECKS is off', remedy: null, code: null })
  t.strictSame(await off.checkRuntime(runtime), ['rpc', 'chain_id', 'balance'].map(skipped))
  t.strictSame(await off.checkAll(configuration(runtime, { [GENERATOR]: ['1'] })),
    ['rpc', 'chain_id', 'balance', `ecies_key:${GENERATOR}`, `registration:${GENERATOR}:1`].map(skipped))
})

t.test('a fault in the service itself is no finding', async t => {
  const broken = createPreflight({
    network: 'any', timeoutMs: 5000, skipVerification: false, enclavePublicKey: () => { throw new Error('no enclave key') },
  })
  await t.rejects(broken.checkAll(configured({ [GENERATOR]: ['1'] })), new Error('no enclave key'))
})

/** Everything on record for one generator and market. */
const REGISTERED = [setState(GENERATOR, '1', 1), setMarketKey(GENERATOR, '1', ENCLAVE_PUBLIC_KEY_HEX)]

async function checkThroughProxy (t: Test, intercept: Intercept): Promise<PreflightCheck[]> {
  const url = await serveProxy(t, anvil.url, intercept)
  return await preflight.checkAll(configured({ [GENERATOR]: ['1'] }, { http_url: url }))
}

t.test('a provider that refuses batches, always or above a size', async t => {
  await onSnapshot(t)
  await chain.transact(REGISTERED)
  for (const largest of [0, 2]) {
    const markets = Array.from({ length: 4 }, (_, index) => String(index))
    const url = await serveProxy(t, anvil.url, async ({ body, response, forward }) => {
      if (Array.isArray(body) && body.length > largest) sendJson(response, { code: 31, message: 'no such batches' }, 500)
      else await forward()
    })
    const checks = await preflight.checkAll(configured({ [GENERATOR]: markets }, { http_url: url }))
    t.equal(find(checks, 'rpc')?.result, 'pass')
    t.strictSame(markets.map(market => find(checks, `registration:${GENERATOR}:${market}`)?.result), ['fail', 'pass', 'fail', 'fail'])
  }
})

t.test('a provider that fails after the first exchange: what was found stays, the rest is skipped', async t => {
  let exchanges = 0
  const checks = await checkThroughProxy(t, async ({ response, forward }) => {
    if (++exchanges === 1) await forward()
    else sendJson(response, { secret: 'canary' }, 429)
  })
  t.strictSame(resultsOf(checks), {
    rpc: 'fail', chain_id: 'pass', balance: 'pass', [`ecies_key:${GENERATOR}`]: 'skipped', [`registration:${GENERATOR}:1`]: 'skipped',
  })
  t.match(find(checks, 'rpc'), { code: 'RPC_UNAVAILABLE', message: /answered with HTTP status 429$/ })
})

t.test('a flapping provider: every check is true to its moment', async t => {
  await onSnapshot(t)
  await chain.transact(REGISTERED)
  let up = true
  const url = await serveProxy(t, anvil.url, async ({ response, forward }) => {
    if (up) await forward()
    else response.destroy()
  })
  for (let round = 0; round < 6; round++) {
    up = round % 2 === 0
    const checks = await preflight.checkAll(configured({ [GENERATOR]: ['1'] }, { http_url: url }))
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
  [{ error: { code: -32005, message: 'secret-canary limit exceeded' } }, 'refused eth_call with error code -32005'],
  [{ result: 'secret-canary' }, 'answered eth_call with something that is not data'],
  [{ result: 42 }, 'answered eth_call with something that is not data'],
]

/** An endpoint of the right chain with a rich account, whose eth_call answers in one way. */
async function checkWithCalls (t: Test, answer: CallAnswer): Promise<PreflightCheck[]> {
  const url = await serveRpc(t, ({ method }) => {
    if (method === 'eth_chainId') return { result: '0x7a69' }
    return method === 'eth_getBalance' ? { result: '0xde0b6b3a7640000' } : answer
  })
  return await preflight.checkAll(configured({ [GENERATOR]: ['1'] }, { http_url: url }))
}

t.test('reverts as the clients spell them, and data of another form: not registered', async t => {
  for (const answer of REVERTS) {
    const checks = await checkWithCalls(t, answer)
    t.strictSame(failuresOf(checks).map(({ code }) => code), ['PREFLIGHT_FAILED', 'PREFLIGHT_FAILED'], JSON.stringify(answer))
  }
})

t.test('calls that are not answered say nothing about the generator', async t => {
  for (const [answer, message] of NO_ANSWERS) {
    const checks = await checkWithCalls(t, answer)
    t.strictSame(failuresOf(checks).map(({ name, code }) => `${name} ${code}`), ['rpc RPC_UNAVAILABLE'])
    t.ok(find(checks, 'rpc')?.message.endsWith(message))
  }
})
