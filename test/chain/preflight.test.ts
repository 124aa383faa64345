import t from 'tap'
import { createPreflight } from '../../src/chain/preflight.js'
import { createSkippedPreflight } from '../../src/chain/checks/skipped.js'
import {
  configuration, ENCLAVE_PUBLIC_KEY, ENCLAVE_PUBLIC_KEY_HEX, GENERATOR, HASH_MARKET, OTHER_GENERATOR, runtimeConfig,
} from './configuration.js'
import { failuresOf, find, resultsOf, setMarketKey, setState, startRehearsal } from './rehearsal.js'

const rehearsal = await startRehearsal(t)
const { url, host, chain, preflight, configured } = rehearsal
const { GeneratorRegistry, ProverRegistry, EntityKeyRegistry } = chain.addresses

const FUNDED_ACCOUNT = '0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266'
const POOR_KEY = '0x' + '11'.repeat(32)
const POOR_ACCOUNT = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'

t.test('the runtime checks pass on a funded key', async t => {
  const balance = await chain.rpc('eth_getBalance', FUNDED_ACCOUNT, 'latest') as string
  t.strictSame(await preflight.checkRuntime(runtimeConfig(url)), [
    { name: 'rpc', result: 'pass', message: `RPC endpoint ${host} answers`, remedy: null, code: null, finding: null },
    {
      name: 'chain_id',
      result: 'pass',
      message: 'The RPC endpoint serves chain 31337',
      remedy: null,
      code: null,
      finding: null,
    },
    {
      name: 'balance',
      result: 'pass',
      message: `Runtime account ${FUNDED_ACCOUNT} has ${BigInt(balance)} wei`,
      remedy: null,
      code: null,
      finding: null,
    },
  ])
})

t.test('a ws_url that is absent, or no URL, is no fault', async t => {
  const { ws_url: _, ...others } = runtimeConfig(url)
  for (const runtime of [others, { ...others, ws_url: 'wss:://not-used' }]) {
    t.strictSame(Object.values(resultsOf(await preflight.checkRuntime(runtime))), ['pass', 'pass', 'pass'])
  }
})

t.test('the least sufficient balance is 5e16 wei', async t => {
  await rehearsal.onSnapshot(t)
  const runtime = runtimeConfig(url, { private_key: POOR_KEY })
  await chain.rpc('anvil_setBalance', POOR_ACCOUNT, `0x${(5n * 10n ** 16n - 1n).toString(16)}`)
  t.strictSame(find(await preflight.checkRuntime(runtime), 'balance'), {
    name: 'balance',
    result: 'fail',
    code: 'INSUFFICIENT_BALANCE',
    message: "Runtime private_key doesn't have enough balance, minimum balance required is 0.05ETH",
    remedy: `Send ETH to ${POOR_ACCOUNT}, the account of private_key: it has 49999999999999999 wei and needs 50000000000000000.`,
    finding: null,
  })
  await chain.rpc('anvil_setBalance', POOR_ACCOUNT, `0x${(5n * 10n ** 16n).toString(16)}`)
  t.equal(find(await preflight.checkRuntime(runtime), 'balance')?.result, 'pass')
})

t.test('another chain: nothing that it says counts', async t => {
  const checks = await preflight.checkAll(configured({ [GENERATOR]: ['1'] }, { chain_id: 42161 }))
  t.strictSame(resultsOf(checks), {
    rpc: 'pass',
    chain_id: 'fail',
    balance: 'skipped',
    [`ecies_key:${GENERATOR}`]: 'skipped',
    [`registration:${GENERATOR}:1`]: 'skipped',
  })
  t.strictSame(failuresOf(checks), [{
    name: 'chain_id', code: 'CHAIN_MISMATCH', message: `RPC endpoint ${host} serves chain 31337, but chain_id is 42161`,
  }])
})

t.test('a poor key does not hide what else is wrong', async t => {
  const checks = await preflight.checkAll(configured({ [GENERATOR]: ['1'] }, { private_key: POOR_KEY }))
  t.strictSame(failuresOf(checks).map(({ code }) => code), [
    'INSUFFICIENT_BALANCE', 'PREFLIGHT_FAILED', 'PREFLIGHT_FAILED'
  ])
})

t.test('an empty chain: every text, in order', async t => {
  const checks = await preflight.checkAll(configured({ [GENERATOR]: ['1', HASH_MARKET], [OTHER_GENERATOR]: ['2'] }))
  t.strictSame(checks.map(({ name }) => name), [
    'rpc', 'chain_id', 'balance', `ecies_key:${GENERATOR}`, `ecies_key:${OTHER_GENERATOR}`,
    `registration:${GENERATOR}:1`, `registration:${GENERATOR}:${HASH_MARKET}`, `registration:${OTHER_GENERATOR}:2`,
    `market:${HASH_MARKET}`,
  ])
  t.strictSame(failuresOf(checks).map(({ message }) => message), [
    `ECIES key not updated in the registry for generator : ${GENERATOR}`,
    `ECIES key not updated in the registry for generator : ${OTHER_GENERATOR}`,
    `Generator ${GENERATOR} is not registered for market 1. Please register and try again`,
    `Generator ${GENERATOR} is not registered for market ${HASH_MARKET}. Please register and try again`,
    `Generator ${OTHER_GENERATOR} is not registered for market 2. Please register and try again`,
  ])
  t.match(find(checks, `ecies_key:${GENERATOR}`)?.remedy, 'for market 1;')
  t.match(find(checks, `registration:${GENERATOR}:1`)?.remedy, 'joinMarketplace')
})

t.test('registered in both generations of market ids, whatever the state and the case of the address', async t => {
  await rehearsal.onSnapshot(t)
  const markets = ['0', '1', (2n ** 256n - 1n).toString()]
  await chain.transact([
    ...markets.map((market, index) => setState(GENERATOR, market, [1, 3, 5][index] as number)),
    ...markets.map(market => setMarketKey(GENERATOR, market, ENCLAVE_PUBLIC_KEY_HEX)),
    setState(OTHER_GENERATOR, BigInt(HASH_MARKET).toString(), 1),
    setMarketKey(OTHER_GENERATOR, BigInt(HASH_MARKET).toString(), ENCLAVE_PUBLIC_KEY_HEX),
  ])
  const wrongChecksum = GENERATOR.replace('d', 'D')
  const checks = await preflight.checkAll(configured({ [wrongChecksum]: markets, [OTHER_GENERATOR]: [HASH_MARKET] }))
  t.strictSame(
    checks.filter(({ result }) => result !== 'pass').map(({ finding }) => finding), ['decimal-market-wanted']
  )
  t.equal(checks.length, 3 + 2 + 4 + 1)
})

t.test('the key of another enclave, or of this one before its restart', async t => {
  await rehearsal.onSnapshot(t)
  const otherKey = `0x${'08'.repeat(64)}`
  await chain.transact([
    setMarketKey(GENERATOR, '1', ENCLAVE_PUBLIC_KEY_HEX),
    setMarketKey(GENERATOR, '2', otherKey),
    setMarketKey(OTHER_GENERATOR, BigInt(HASH_MARKET).toString(), otherKey),
  ])
  const checks = await preflight.checkAll(configured({ [GENERATOR]: ['1', '2'], [OTHER_GENERATOR]: [HASH_MARKET] }))
  t.strictSame(find(checks, `ecies_key:${GENERATOR}`), {
    name: `ecies_key:${GENERATOR}`,
    result: 'fail',
    code: 'PREFLIGHT_FAILED',
    message: `Local ECIES pub key does not match the ecies pub key in registry for generator : ${GENERATOR}`,
    remedy:
      'An enclave restart makes a new key, which must be registered again: signAttestation, then updateEncryptionKey of the SDK, for market 2.',
    finding: null,
  })
  t.equal(find(checks, `ecies_key:${OTHER_GENERATOR}`)?.message,
    `Local ECIES pub key does not match the ecies pub key in registry for generator : ${OTHER_GENERATOR}`)
})

t.test('the key of one market missing', async t => {
  await rehearsal.onSnapshot(t)
  await chain.transact([setMarketKey(GENERATOR, '1', ENCLAVE_PUBLIC_KEY_HEX)])
  const check = find(await preflight.checkAll(configured({ [GENERATOR]: ['1', '2'] })), `ecies_key:${GENERATOR}`)
  t.match(check, { result: 'warning', finding: 'key-elsewhere', message: /in market 1, but no key in market 2: / })
})

t.test('a generator without markets', async t => {
  const checks = await preflight.checkAll(configured({ [GENERATOR]: [] }))
  t.match(find(checks, `ecies_key:${GENERATOR}`), { result: 'skipped', message: /has no supported_markets/ })
})

t.test('a registry that reverts on the generator names is asked under the prover name', async t => {
  await rehearsal.onSnapshot(t)
  await chain.transact([
    setState(GENERATOR, '1', 1, 'ProverRegistry'),
    setState(GENERATOR, BigInt(HASH_MARKET).toString(), 3, 'ProverRegistry'),
  ])
  const checks = await preflight.checkAll(configured(
    { [GENERATOR]: ['1', '2', HASH_MARKET] }, { generator_registry: ProverRegistry }
  ))
  t.equal(find(checks, `registration:${GENERATOR}:1`)?.result, 'pass')
  t.equal(find(checks, `registration:${GENERATOR}:2`)?.result, 'fail')
  t.equal(find(checks, `registration:${GENERATOR}:${HASH_MARKET}`)?.result, 'pass')
})

t.test('addresses that hold another contract', async t => {
  const keys = await preflight.checkAll(configured({ [GENERATOR]: ['1'] }, { entity_registry: GeneratorRegistry }))
  t.equal(
    find(keys, `ecies_key:${GENERATOR}`)?.message, `ECIES key not updated in the registry for generator : ${GENERATOR}`
  )
  const registrations = await preflight.checkAll(configured(
    { [GENERATOR]: ['1'] }, { generator_registry: EntityKeyRegistry }
  ))
  t.match(find(registrations, `registration:${GENERATOR}:1`), {
    message: `Generator ${GENERATOR} is not registered for market 1. Please register and try again`,
    remedy: /generator_registry does not answer/,
  })
})

t.test('SKIP_VERIFICATION skips the comparison of keys, and nothing else', async t => {
  const lenient = createPreflight({
    network: 'any', timeoutMs: 5000, skipVerification: true, enclavePublicKey: () => ENCLAVE_PUBLIC_KEY
  })
  const checks = await lenient.checkAll(configured({ [GENERATOR]: ['1'] }))
  t.strictSame(find(checks, `ecies_key:${GENERATOR}`), {
    name: `ecies_key:${GENERATOR}`,
    result: 'skipped',
    message: 'Not checked: SKIP_VERIFICATION is true',
    remedy: null,
    code: null,
    finding: null,
  })
  t.equal(find(checks, `registration:${GENERATOR}:1`)?.result, 'fail')
})

t.test('CHAIN_CHECKS=off lists everything as skipped', async t => {
  const off = createSkippedPreflight()
  const runtime = runtimeConfig('http://127.0.0.1:1')
  const skipped = (name: string) => ({
    name, result: 'skipped', message: 'Not checked: CHAIN_CHECKS is off', remedy: null, code: null, finding: null
  })
  t.strictSame(await off.checkRuntime(runtime), ['rpc', 'chain_id', 'balance'].map(skipped))
  t.strictSame(await off.checkAll(configuration(runtime, { [GENERATOR]: ['1'] })),
    ['rpc', 'chain_id', 'balance', `ecies_key:${GENERATOR}`, `registration:${GENERATOR}:1`].map(skipped))
})

t.test('a fault in the service itself is no finding', async t => {
  const broken = createPreflight({
    network: 'any',
    timeoutMs: 5000,
    skipVerification: false,
    enclavePublicKey: () => {
      throw new Error(
        'no enclave key'
      )
    },
  })
  await t.rejects(broken.checkAll(configured({ [GENERATOR]: ['1'] })), new Error('no enclave key'))
})
