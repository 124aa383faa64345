import t from 'tap'
import { createPreflight } from '../../src/chain/preflight.js'
import { isStartable } from '../../src/chain/checks/verdict.js'
import { startAnvil } from '../anvil.js'
import { ENCLAVE_PUBLIC_KEY, ENCLAVE_PUBLIC_KEY_HEX, GENERATOR, OTHER_GENERATOR } from './configuration.js'
import {
  compileGetters, deployGetters, GENERATIONS, installMulticall3, removeMulticall3, rpc
} from './getters/deploy.js'
import { find, resultsOf } from './rehearsal.js'

const anvil = await startAnvil()
t.teardown(anvil.stop)
const compiled = await compileGetters()

const THIRD_GENERATOR = '0x90F79bf6EB2c4f870365E785982E1f101E93b906'
const NO_ENCLAVE_ID = '0xcd2e66bf0b91eeedc6c648ae9335a78d7c9a4ab0ef33612a824d91cdc68a4f21'
const PUBLIC = `0x${'00'.repeat(32)}`
const PRIVATE = `0x${'ee'.repeat(32)}`
const OTHER_KEY = `0x${'08'.repeat(64)}`
const FULL = 10n ** 18n
const EMPTY = '0x000000000000000000000000000000000000bEEF'

const createChecks = () => createPreflight({
  network: 'any', timeoutMs: 5000, skipVerification: false, enclavePublicKey: () => ENCLAVE_PUBLIC_KEY
})
const toHash = (market: string) => `0x${BigInt(market).toString(16).padStart(64, '0')}`

for (const generation of GENERATIONS) {
  for (const hasMulticall of [false, true]) {
    t.test(`${generation.id}, ${hasMulticall ? 'with' : 'without'} Multicall3`, async t => {
      if (hasMulticall) await installMulticall3(anvil.url, compiled)
      else await removeMulticall3(anvil.url)
      const contracts = await deployGetters(anvil.url, compiled, generation)
      const { checkAll } = createChecks()
      const isFirst = generation.id === 'Nov2023'
      const isByGenerator = generation.keys === 'KeysByAddress'
      /** Ids in the form that the generation's listener reads. */
      const [
        ONE, TWO, THREE, FOUR, NONE
      ] = [
        '1', '2', '3', '4', '9'
      ].map(market => isFirst ? toHash(market) : market) as [string, string, string, string, string]
      await contracts.setMarket(1, PRIVATE, 100)
      await contracts.setMarket(2, PRIVATE, 100)
      await contracts.setMarket(3, PUBLIC, 100)
      await contracts.setMarket(4, generation.id === 'Jan2024' ? PUBLIC : NO_ENCLAVE_ID, 100)
      for (const generator of [GENERATOR, OTHER_GENERATOR, THIRD_GENERATOR]) {
        await contracts.setAccount(generator, 200, 0, 4, 0, 10, FULL)
        for (const market of [1, 2, 3, 4]) await contracts.setInfo(generator, market, 1, 0)
      }

      async function onSnapshot (t: Tap): Promise<void> {
        const snapshot = await rpc(anvil.url, 'evm_snapshot')
        t.teardown(async () => { await rpc(anvil.url, 'evm_revert', snapshot) })
      }
      type Tap = typeof t

      await t.test('an address without code is named first, and nothing that depends on it is judged', async t => {
        const changes = { generator_registry: EMPTY, entity_registry: EMPTY }
        const checks = await checkAll(contracts.configured({ [GENERATOR]: [ONE] }, changes))
        t.strictSame(checks.map(({ name, result }) => [name, result]), [
          ['rpc', 'pass'], ['chain_id', 'pass'], ['balance', 'pass'],
          ['contract:entity_registry', 'fail'], ['contract:generator_registry', 'fail'],
          [`ecies_key:${GENERATOR}`, 'skipped'], [`registration:${GENERATOR}:${ONE}`, 'skipped'],
        ])
        t.strictSame(checks[3], {
          name: 'contract:entity_registry',
          result: 'fail',
          message: `entity_registry ${EMPTY} has no code on this chain: it is no contract`,
          remedy:
            'Set entity_registry to the address of the deployment on this chain, or chain_id and http_url to the chain of the deployment.',
          code: 'PREFLIGHT_FAILED',
          finding: 'not-a-contract',
        })
      })

      await t.test('no key on record: the existing text, and the generation\'s own calls', async t => {
        const check = find(await checkAll(contracts.configured({ [GENERATOR]: [ONE, TWO] })), `ecies_key:${GENERATOR}`)
        t.match(check, {
          result: 'fail',
          message: `ECIES key not updated in the registry for generator : ${GENERATOR}`,
          code: 'PREFLIGHT_FAILED',
          finding: null,
        })
        t.match(check?.remedy, generation.signature)
        t.match(check?.remedy, `for market ${ONE};`)
      })

      await t.test('a generator that has not joined: what registers its key then', async t => {
        await onSnapshot(t)
        await contracts.setInfo(GENERATOR, 1, 0, 0)
        const checks = await checkAll(contracts.configured({ [GENERATOR]: [ONE] }))
        t.match(
          find(checks, `ecies_key:${GENERATOR}`)?.remedy,
          isByGenerator ? generation.signature : /signAttestation, then joinMarketplace/
        )
        t.match(find(checks, `registration:${GENERATOR}:${ONE}`), {
          result: 'fail',
          message: `Generator ${GENERATOR} is not registered for market ${ONE}. Please register and try again`,
          remedy: isByGenerator ? /joinMarketPlace of the SDK/ : /joinMarketplace of the SDK/,
        })
      })

      // Every market of November 2023 needs a key.
      if (!isFirst) {
        await t.test('public markets need no key', async t => {
          const checks = await checkAll(contracts.configured({ [GENERATOR]: [THREE, FOUR] }))
          t.strictSame(find(checks, `ecies_key:${GENERATOR}`), {
            name: `ecies_key:${GENERATOR}`,
            result: 'pass',
            message: `Generator ${GENERATOR} needs no ECIES key in the registry: it has no private market`,
            remedy: null,
            code: null,
            finding: null,
          })
          t.equal(isStartable(checks), true)
        })
      }

      await t.test('a key is registered once: what has none is one warning', async t => {
        await onSnapshot(t)
        await contracts.setKey(GENERATOR, 1, ENCLAVE_PUBLIC_KEY_HEX)
        const checks = await checkAll(contracts.configured({
          [GENERATOR]: [ONE, TWO], [OTHER_GENERATOR]: [ONE], [THIRD_GENERATOR]: [TWO]
        }))
        const keys = [GENERATOR, OTHER_GENERATOR, THIRD_GENERATOR].map(address => find(checks, `ecies_key:${address}`))
        if (isFirst) {
          t.strictSame(keys.map(check => check?.result), ['pass', 'fail', 'fail'])
          return
        }
        t.strictSame(keys.map(check => check?.result), [isByGenerator ? 'pass' : 'warning', 'warning', 'skipped'])
        t.match(keys[1], {
          finding: 'key-elsewhere',
          code: null,
          message: `These have no key and cannot read private requests: ${OTHER_GENERATOR}, ${THIRD_GENERATOR}`,
        })
        t.equal(keys[2]?.message, `Not checked: see ecies_key:${OTHER_GENERATOR}`)
        if (!isByGenerator) {
          t.match(keys[0], {
            finding: 'key-elsewhere', message: /in market 1, but no key in market 2/
          })
        }
        t.equal(isStartable(checks), true)
      })

      await t.test('a different key is a failure', async t => {
        await onSnapshot(t)
        await contracts.setKey(GENERATOR, 1, ENCLAVE_PUBLIC_KEY_HEX)
        await contracts.setKey(OTHER_GENERATOR, 1, OTHER_KEY)
        const checks = await checkAll(contracts.configured({ [GENERATOR]: [ONE], [OTHER_GENERATOR]: [ONE] }))
        t.match(find(checks, `ecies_key:${OTHER_GENERATOR}`), {
          result: 'fail',
          message: `Local ECIES pub key does not match the ecies pub key in registry for generator : ${OTHER_GENERATOR}`,
          code: 'PREFLIGHT_FAILED',
        })
        t.equal(isStartable(checks), false)
      })

      await t.test('a generator with a key is ready; and each finding of a market', async t => {
        await onSnapshot(t)
        await contracts.setKey(GENERATOR, 1, ENCLAVE_PUBLIC_KEY_HEX)
        const configured = contracts.configured({ [GENERATOR]: [ONE] })
        const registration = `registration:${GENERATOR}:${ONE}`
        const findings = async () => (await checkAll(configured)).filter(({ finding }) => finding !== null).map(({
          name, result, finding
        }) => [name, result, finding])
        t.strictSame(await findings(), [])

        await contracts.setInfo(GENERATOR, 1, 4, 7)
        t.match(find(await checkAll(configured), registration), {
          result: 'warning', finding: 'requested-exit', message: /owes 7$/, code: null
        })
        await contracts.setInfo(GENERATOR, 1, 2, 7)
        t.strictSame(await findings(), [[registration, 'warning', 'no-compute']])
        await contracts.setInfo(GENERATOR, 1, 1, 7)
        await contracts.setAccount(GENERATOR, 200, 0, 4, 10, 10, FULL)
        t.match(find(await checkAll(configured), registration), {
          result: 'warning', finding: 'no-compute', message: /works on 7$/, code: null
        })

        await contracts.setAccount(GENERATOR, 200, 0, 11, 0, 10, FULL)
        t.strictSame(await findings(), [[`compute:${GENERATOR}`, 'warning', 'compute-too-low']])

        await contracts.setAccount(GENERATOR, 200, 101, 4, 0, 10, FULL)
        const checks = await checkAll(configured)
        t.equal(isStartable(checks), true)
        if (generation.hasStake) {
          t.match(find(checks, `stake:${GENERATOR}:${ONE}`), {
            result: 'warning',
            finding: 'stake-too-low',
            message: /free stake of 99, below the slashing penalty 100/,
            remedy: /at least 1 more/,
          })
        } else {
          t.match(find(checks, 'stake'), {
            result: 'skipped', finding: null, message: /^Not checked: .*no public getter for the stake/
          })
        }
      })

      await t.test('a market that does not exist', async t => {
        const checks = await checkAll(contracts.configured({ [GENERATOR]: [ONE, NONE] }))
        t.match(find(checks, `registration:${GENERATOR}:${NONE}`), {
          result: 'fail', finding: 'market-missing', code: 'PREFLIGHT_FAILED', message: `Market ${NONE} does not exist`
        })
      })

      await t.test('a market id in the form that the listener does not read', async t => {
        const written = isFirst ? '1' : toHash('1')
        const check = find(await checkAll(contracts.configured({ [GENERATOR]: [written] })), `market:${written}`)
        t.match(check, {
          result: 'warning',
          code: null,
          finding: isFirst ? 'hash-market-wanted' : 'decimal-market-wanted',
          remedy: `Write the market as ${ONE} in supported_markets, and in markets.`,
        })
      })

      await t.test('contracts that are replaced at their addresses are identified again', async t => {
        await onSnapshot(t)
        const other = await deployGetters(anvil.url, compiled, isFirst ? GENERATIONS[3] : GENERATIONS[0])
        const configured = contracts.configured({ [GENERATOR]: [ONE] })
        await checkAll(configured)
        for (const [from, to] of [[other.registry, contracts.registry], [other.keyRegistry, contracts.keyRegistry]]) {
          await rpc(anvil.url, 'anvil_setCode', to, await rpc(anvil.url, 'eth_getCode', from, 'latest'))
        }
        const registration = find(await checkAll(configured), `registration:${GENERATOR}:${ONE}`)
        t.notMatch(registration?.remedy, /does not answer/)
        t.equal(resultsOf(await checkAll(configured)).rpc, 'pass')
      })
    })
  }
}
