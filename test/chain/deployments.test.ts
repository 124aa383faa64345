import { hexlify } from 'ethers'
import t from 'tap'
import { createPreflight, type PreflightCheck } from '../../src/chain/preflight.js'
import { isStartable } from '../../src/chain/checks/verdict.js'
import { startAnvil } from '../anvil.js'
import { publicKeyOf } from '../contracts/attestation.js'
import { deployGeneration, type DeployedGeneration, GENERATIONS, type GenerationId } from '../contracts/generations.js'
import { installMulticall3, MULTICALL3 } from '../contracts/multicall.js'
import { configuration, runtimeConfig } from './configuration.js'
import { find } from './rehearsal.js'
import { randomBytes } from '../random.js'

const anvil = await startAnvil()
t.teardown(anvil.stop)

const randomAddress = () => hexlify(randomBytes(20))
/** No private market of a chain has this name. */
const NOWHERE = '987654'

for (const id of Object.keys(GENERATIONS) as GenerationId[]) {
  t.test(`${id}: the preflight follows what is done on the chain`, async t => {
    const generation = GENERATIONS[id]
    const chain = await deployGeneration(anvil.url, id)
    const key = hexlify(randomBytes(32))
    const [holder, other, stranger, poor] = [randomAddress(), randomAddress(), randomAddress(), randomAddress()]
    const [market, second] = [await chain.createMarket(), await chain.createMarket()]
    const openMarket = generation.publicMarkets ? await chain.createMarket({ imageId: 'public' }) : null
    const missing = generation.marketId === 'bytes32' ? `0x${'99'.repeat(32)}` : NOWHERE

    /** Multicall3 must make no difference. */
    async function checkAll (markets: Record<string, string[]>): Promise<PreflightCheck[]> {
      const configured = configuration(runtimeConfig(anvil.url, configuredAddresses(chain)), markets)
      const found: PreflightCheck[][] = []
      for (const hasMulticall of [true, false]) {
        if (hasMulticall) await installMulticall3(anvil.url)
        else await chain.rpc('anvil_setCode', MULTICALL3, '0x')
        const preflight = createPreflight({
          network: 'any',
          timeoutMs: 5000,
          skipVerification: false,
          enclavePublicKey: () => Buffer.from(
            publicKeyOf(key).slice(2), 'hex'
          ),
        })
        const first = await preflight.checkAll(configured)
        t.strictSame(await preflight.checkAll(configured), first, 'what is remembered tells the same')
        found.push(first)
      }
      t.strictSame(found[0], found[1])
      return found[0]!
    }
    const wordOf = (checks: PreflightCheck[], name: string) => {
      const { result, finding } = find(checks, name)!
      return finding === null ? result : `${result} ${finding}`
    }

    const before = await checkAll({ [holder]: [market] })
    t.equal(wordOf(before, `registration:${holder}:${market}`), 'fail')
    t.match(
      find(before, `registration:${holder}:${market}`)?.remedy,
      generation.marketplace === 'ProofMarketPlace' ? 'joinMarketPlace' : 'joinMarketplace'
    )
    t.equal(wordOf(before, `ecies_key:${holder}`), 'fail')
    t.match(
      find(before, `ecies_key:${holder}`)?.remedy,
      generation.updateSignature === null
        ? 'admin of the proof marketplace'
        : generation.joinTakesKey
          ? 'signAttestation'
          : 'signAddress'
    )
    t.equal(isStartable(before), false)

    await chain.register({ generator: holder, compute: 40n })
    await chain.join({ generator: holder, market, key })
    const ready = await checkAll({ [holder]: [market] })
    t.strictSame(ready.filter(({ result, name }) => result !== 'pass' && name !== 'stake'), [])
    t.equal(find(ready, 'stake')?.result, generation.stake === 'staking-manager' ? 'skipped' : undefined)
    t.equal(isStartable(ready), true)

    const keyPerMarket = generation.publicKey === 'pub_key(address,uint256)'
    await chain.join({ generator: holder, market: second })
    const both = await checkAll({ [holder]: [market, second] })
    t.equal(wordOf(both, `ecies_key:${holder}`), keyPerMarket ? 'warning key-elsewhere' : 'pass')
    t.equal(isStartable(both), true)

    await chain.register({ generator: other })
    await chain.join({ generator: other, market })
    if (generation.keyOnce) {
      await t.rejects(
        chain.updateEncryptionKey({ generator: other, market, key }),
        { message: `reverted: ${generation.reverts.keyUsed}` }
      )
    }
    const two = await checkAll({ [holder]: [market], [other]: [market] })
    t.equal(wordOf(two, `ecies_key:${holder}`), 'pass')
    t.equal(wordOf(two, `ecies_key:${other}`), generation.keyOnce ? 'warning key-elsewhere' : 'fail')
    t.equal(isStartable(two), generation.keyOnce)

    await chain.register({ generator: stranger })
    await chain.join({ generator: stranger, market, key: hexlify(randomBytes(32)) })
    const different = await checkAll({ [holder]: [market], [stranger]: [market] })
    t.equal(wordOf(different, `ecies_key:${stranger}`), 'fail')
    t.match(find(different, `ecies_key:${stranger}`)?.message, 'does not match')

    if (openMarket !== null) {
      await chain.join({ generator: other, market: openMarket })
      const open = await checkAll({ [other]: [openMarket] })
      t.match(find(open, `ecies_key:${other}`), { result: 'pass', message: /no private market/ })
      t.equal(isStartable(open), true)
    }

    const nowhere = await checkAll({ [holder]: [market, missing] })
    t.equal(wordOf(nowhere, `registration:${holder}:${missing}`), 'fail market-missing')
    t.equal(wordOf(nowhere, `registration:${holder}:${market}`), 'pass')

    const inOtherForm = generation.marketId === 'bytes32'
      ? BigInt(
        market
      ).toString()
      : `0x${BigInt(market).toString(16).padStart(64, '0')}`
    const spelled = await checkAll({ [holder]: [inOtherForm] })
    t.equal(
      wordOf(spelled, `market:${inOtherForm}`),
      `warning ${generation.marketId === 'bytes32' ? 'hash' : 'decimal'}-market-wanted`
    )
    t.equal(isStartable(spelled), true)

    if (generation.stake === 'registry') {
      await chain.register({ generator: poor, stake: 10n })
      await chain.join({ generator: poor, market })
      t.equal(
        wordOf(await checkAll({ [holder]: [market], [poor]: [market] }), `stake:${poor}:${market}`),
        'warning stake-too-low'
      )
    }

    await chain.useUpCompute({ generator: holder, market })
    t.equal(wordOf(await checkAll({ [holder]: [market] }), `registration:${holder}:${market}`), 'warning no-compute')
    await chain.requestExit({ generator: holder, market })
    const leaving = await checkAll({ [holder]: [market] })
    t.equal(wordOf(leaving, `registration:${holder}:${market}`), 'warning requested-exit')
    t.equal(isStartable(leaving), true)
  })
}

t.test('an address that is no contract is named first', async t => {
  const nowhere = randomAddress()
  const preflight = createPreflight({
    network: 'any', timeoutMs: 5000, skipVerification: false, enclavePublicKey: () => Buffer.alloc(64, 7)
  })
  const checks = await preflight.checkAll(configuration(
    runtimeConfig(anvil.url, { generator_registry: nowhere, entity_registry: nowhere }), { [randomAddress()]: ['1'] }
  ))
  t.match(checks.find(({ result }) => result === 'fail'), { finding: 'not-a-contract', code: 'PREFLIGHT_FAILED' })
})

for (const id of ['nov-2023', 'jun-2025'] as const) {
  t.test(`${id}: a proof marketplace that is not the registry's own is a warning`, async t => {
    const chain = await deployGeneration(anvil.url, id)
    const [generator, market, foreign] = [randomAddress(), await chain.createMarket(), randomAddress()]
    await chain.register({ generator })
    await chain.join({ generator, market, key: hexlify(randomBytes(32)) })
    const preflight = createPreflight({
      network: 'any', timeoutMs: 5000, skipVerification: true, enclavePublicKey: () => Buffer.alloc(64, 7)
    })
    const checksOf = async (marketplace: string) => {
      const runtime = runtimeConfig(anvil.url, { ...configuredAddresses(chain), proof_market_place: marketplace })
      return await preflight.checkAll(configuration(runtime, { [generator]: [market] }))
    }
    const own = chain.addresses.proof_market_place
    t.equal(find(await checksOf(`0x${own.slice(2).toUpperCase()}`), 'contract:proof_market_place'), undefined)
    const checks = await checksOf(foreign)
    t.same(find(checks, 'contract:proof_market_place'), {
      name: 'contract:proof_market_place',
      result: 'warning',
      code: null,
      finding: 'other-marketplace',
      message: `proof_market_place ${foreign} is not the proof marketplace of generator_registry, which names ${own.toLowerCase()}`,
      remedy: `Set proof_market_place to ${own.toLowerCase()}, or generator_registry to the registry of the other one: requests come from the registry's own.`,
    })
    t.equal(isStartable(checks), true)
  })
}

t.test('an upgrade that names another proof marketplace is noticed, though all getters stay', async t => {
  const [chain, next] = [await deployGeneration(anvil.url, 'oct-2024'), await deployGeneration(anvil.url, 'jun-2025')]
  const [generator, market] = [randomAddress(), await chain.createMarket()]
  await chain.register({ generator })
  await chain.join({ generator, market, key: hexlify(randomBytes(32)) })
  const preflight = createPreflight({
    network: 'any', timeoutMs: 5000, skipVerification: true, enclavePublicKey: () => Buffer.alloc(64, 7)
  })
  const runtime = runtimeConfig(anvil.url, {
    ...configuredAddresses(chain), proof_market_place: next.addresses.proof_market_place
  })
  const wordOf = async () => find(
    await preflight.checkAll(configuration(runtime, { [generator]: [market] })), `registration:${generator}:${market}`
  )?.finding
  t.equal(await wordOf(), null)
  await replaceInStorage(chain, chain.addresses.proof_market_place, next.addresses.proof_market_place)
  t.equal(await wordOf(), 'market-missing', 'the other marketplace has no market yet')
})

function configuredAddresses ({ addresses }: DeployedGeneration) {
  const { generator_registry: registry, entity_registry: keys, proof_market_place: marketplace } = addresses
  return { generator_registry: registry, entity_registry: keys, proof_market_place: marketplace }
}

/** Replaces an address in the storage of the generator registry, as an upgrade of a proxy would. */
async function replaceInStorage ({
  rpc, addresses: { generator_registry: registry }
}: DeployedGeneration, one: string, other: string): Promise<void> {
  for (let slot = 0; slot < 20; slot++) {
    const word = await rpc('eth_getStorageAt', registry, `0x${slot.toString(16)}`, 'latest') as string
    if (word.slice(-40) === one.slice(2).toLowerCase()) {
      await rpc(
        'anvil_setStorageAt',
        registry,
        `0x${slot.toString(16).padStart(64, '0')}`,
        word.slice(0, -40) + other.slice(2).toLowerCase()
      )
      return
    }
  }
  throw new Error(`${one} is in none of the first slots`)
}
