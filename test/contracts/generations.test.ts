import { Interface } from 'ethers/abi'
import { getAddress } from 'ethers/address'
import { id as hash } from 'ethers/hash'
import { hexlify } from 'ethers/utils'
import t, { type Test } from 'tap'
import { startAnvil } from '../anvil.js'
import { attest, IVS_PCRS, PUBLIC_PCRS, publicKeyOf, signAttestation } from './attestation.js'
import { deployGeneration, GENERATIONS, type DeployedGeneration, type GenerationId } from './generations.js'
import { installMulticall3, MULTICALL3 } from './multicall.js'
import { randomBytes } from '../random.js'

const anvil = await startAnvil()
t.teardown(anvil.stop)

/** keccak256 of 144 zero bytes, which the contracts write out. */
const NO_ENCLAVE = '0xcd2e66bf0b91eeedc6c648ae9335a78d7c9a4ab0ef33612a824d91cdc68a4f21'
const ZERO_ADDRESS = `0x${'00'.repeat(20)}`

t.test('the getters have the selectors that the service calls', async t => {
  const selectors = Object.values(GENERATIONS).flatMap(({
    info, publicKey
  }) => [info, publicKey].map(signature => hash(signature).slice(0, 10)))
  t.strictSame([...new Set(selectors)].sort(), ['0x40a7ba91', '0x9a7fca8e', '0xbe51f4ef', '0xd4748824', '0xe1a63130'])
})

t.test('Multicall3 answers each call, a failed one too where it may fail', async t => {
  await installMulticall3(anvil.url)
  const chain = await deployGeneration(anvil.url, 'jun-2025')
  const multicall = new Interface([
    'function aggregate3((address,bool,bytes)[]) returns ((bool success, bytes returnData)[])'
  ])
  const ask = async (allowFailure: boolean) => await chain.rpc('eth_call', {
    to: MULTICALL3,
    data: multicall.encodeFunctionData('aggregate3', [[
      [chain.addresses.generator_registry, allowFailure, hash('proofMarketplace()').slice(0, 10)],
      [chain.addresses.generator_registry, allowFailure, '0x12345678'],
    ]]),
  }, 'latest') as string
  const [results] = multicall.decodeFunctionResult(
    'aggregate3', await ask(true)
  ).toArray(true) as [Array<[boolean, string]>]
  t.strictSame(results, [[true, `0x${chain.addresses.proof_market_place.slice(2).padStart(64, '0')}`], [false, '0x']])
  await t.rejects(ask(false), { message: /Multicall3: call failed/ })
})

for (const id of Object.keys(GENERATIONS) as GenerationId[]) {
  t.test(id, async t => {
    const chain = await deployGeneration(anvil.url, id)
    await t.test('a generator registers, joins, works and leaves', t => work(t, chain))
    await t.test('calls that are refused', t => refusals(t, chain))
    await t.test('an enclave key', t => keys(t, chain))
    await t.test('markets', t => markets(t, chain))
  })
}

async function work (t: Test, chain: DeployedGeneration): Promise<void> {
  const { generation: { reverts, exitLeaves, infoWords } } = chain
  const market = await chain.createMarket({ slashingPenalty: 1000n })
  const generator = account()
  await chain.register({ generator, compute: 40n, stake: 5000n })
  t.strictSame(await entryOf(chain, generator), {
    compute: 40n, consumed: 0n, allocated: 0n, ...stakeOf(chain, 5000n, 0n)
  })
  await chain.join({ generator, market, computePerRequest: 20n })
  t.strictSame(await words(chain, generator, market), [1n, 20n, ...(infoWords === 6 ? [0n] : []), 1n, 60n, 0n])
  t.equal(await stateOf(chain, generator, market), 1n)

  await chain.assign({ generator, market })
  t.equal(await stateOf(chain, generator, market), 3n, 'work in progress')
  await chain.useUpCompute({ generator, market })
  t.equal(await stateOf(chain, generator, market), 2n, 'no compute available')
  t.strictSame((await words(
    chain, generator, market
  )).filter((_, index, all) => index === 0 || index === all.length - 1), [1n, 2n],
  'the info keeps JOINED, and counts the requests')
  t.strictSame(await entryOf(chain, generator), {
    compute: 40n, consumed: 40n, allocated: 20n, ...stakeOf(chain, 5000n, 2000n)
  })
  await t.rejects(chain.assign({ generator, market }), reverted(reverts.assignWithoutCompute))

  await chain.requestExit({ generator, market })
  t.equal((await words(chain, generator, market))[0], 4n, 'it owes two proofs')
  await t.rejects(chain.requestExit({ generator, market }), reverted(reverts.exitTwice))
  await t.rejects(chain.leave({ generator, market }), reverted(reverts.leaveOwing))
  for (let owed = 0; owed < 2; owed++) await chain.complete({ generator, market })
  await chain.leave({ generator, market })
  t.ok((await words(chain, generator, market)).every(word => word === 0n))
  t.strictSame(await entryOf(chain, generator), {
    compute: 40n, consumed: 0n, allocated: 0n, ...stakeOf(chain, 5000n, 0n)
  })

  await chain.join({ generator, market })
  await chain.requestExit({ generator, market })
  t.equal((await words(chain, generator, market))[0], exitLeaves ? 0n : 4n, 'it owes nothing')
}

async function refusals (t: Test, chain: DeployedGeneration): Promise<void> {
  const { generation: { reverts, marketId } } = chain
  const market = await chain.createMarket()
  const generator = account()
  await t.rejects(chain.join({ generator, market }), reverted(reverts.joinUnregistered))
  await chain.register({ generator, compute: 15n, stake: 999n })
  const missing = marketId === 'bytes32' ? hexlify(randomBytes(32)) : '1000'
  await t.rejects(chain.join({ generator, market: missing }), reverted(reverts.joinMissingMarket))
  await t.rejects(chain.join({ generator, market, computePerRequest: 16n }), reverted(reverts.computeTooLow))
  await chain.join({ generator, market })
  await t.rejects(chain.join({ generator, market }), reverted(reverts.joinTwice))
  await t.rejects(chain.assign({ generator, market }), reverted(reverts.assignWithoutStake), 'a stake of 999 of 1000')
  await chain.stake({ generator, amount: 1n })
  await chain.assign({ generator, market })
}

async function keys (t: Test, chain: DeployedGeneration): Promise<void> {
  const { generation: { reverts, keyOnce, publicKey, joinTakesKey, updateSignature } } = chain
  const [first, second] = [await chain.createMarket(), await chain.createMarket()]
  const [generator, other] = [account(), account()]
  const [key, nextKey] = [secret(), secret()]
  for (const each of [generator, other]) await chain.register({ generator: each })
  t.equal(await keyOf(chain, generator, first), '0x')
  await chain.join({ generator, market: first, key })
  t.equal(await keyOf(chain, generator, first), publicKeyOf(key))
  for (const [account, market] of [[generator, first], [generator, second], [other, first]] as const) {
    const update = chain.updateEncryptionKey({ generator: account, market, key })
    if (keyOnce) await t.rejects(update, reverted(reverts.keyUsed ?? ''), 'a key is accepted once')
    else await update
  }
  if (publicKey === 'pub_key(address,uint256)') t.equal(await keyOf(chain, generator, second), '0x', 'one market alone')
  await chain.updateEncryptionKey({ generator, market: first, key: nextKey })
  t.equal(await keyOf(chain, generator, first), publicKeyOf(nextKey))
  if (chain.id !== 'jan-2024') {
    await chain.removeEncryptionKey({ generator, market: first })
    t.equal(await keyOf(chain, generator, first), '0x')
    if (keyOnce) {
      await t.rejects(
        chain.updateEncryptionKey({ generator, market: first, key }), reverted(reverts.keyUsed ?? '')
      )
    }
  }
  if (updateSignature === null) return

  const stolen = attest({ form: chain.generation.attestation ?? 'oct-2024', publicKey: publicKeyOf(secret()) })
  const signature = signAttestation(key, stolen, generator)
  await t.rejects(chain.updateEncryptionKey({ generator, market: first, key: { attestation: stolen, signature } }),
    reverted(reverts.wrongSignature ?? ''), 'the signature of another enclave')
  if (reverts.wrongImage === null) return
  await t.rejects(
    chain.updateEncryptionKey({ generator, market: first, key: secret(), pcrs: IVS_PCRS }),
    reverted(reverts.wrongImage)
  )
  if (joinTakesKey) {
    await t.rejects(
      chain.join({ generator: other, market: first, key }), reverted(reverts.keyUsed ?? '')
    )
  }
}

async function markets (t: Test, chain: DeployedGeneration): Promise<void> {
  const { generation: { reverts, missingMarket, publicMarkets, marketplaceOf, hasSlashingPenalty } } = chain
  t.strictSame(
    await chain.read('generator_registry', marketplaceOf),
    [chain.addresses.proof_market_place].map(address => getAddress(address))
  )
  const market = await chain.createMarket({ imageId: 'public', slashingPenalty: 777n })
  if (missingMarket === null) {
    const missing = `0x${'00'.repeat(32)}`
    t.strictSame(await chain.read('proof_market_place', 'slashingPenalty(bytes32)', [market]), [777n])
    t.strictSame(await chain.read('proof_market_place', 'verifier(bytes32)', [missing]), [ZERO_ADDRESS])
    return
  }
  const read = chain.read('proof_market_place', 'marketData(uint256)', ['1000'])
  if (missingMarket === 'reverts') await t.rejects(read, { message: /execution reverted/ })
  else {
    t.ok((await read).every(value => [
      ZERO_ADDRESS, 0n, false, '0x', `0x${'00'.repeat(32)}`
    ].includes(value as never)))
  }

  const [verifier, second, third] = await chain.read('proof_market_place', 'marketData(uint256)', [market])
  t.not(verifier, ZERO_ADDRESS)
  t.equal(second, publicMarkets ? NO_ENCLAVE : false, 'the image, or isEnclaveRequired in January 2024')
  if (hasSlashingPenalty) t.equal(third, 777n)
  const generator = account()
  await chain.register({ generator })
  await chain.join({ generator, market })
  const update = chain.updateEncryptionKey({ generator, market, key: secret() })
  if (reverts.keyOfPublicMarket === null) await update
  else await t.rejects(update, reverted(reverts.keyOfPublicMarket))
  if (chain.id === 'feb-2024') {
    await chain.updateEncryptionKey({ generator, market, key: secret(), pcrs: PUBLIC_PCRS })
    t.not(await keyOf(chain, generator, market), '0x', 'PCRs of zeros pass for the image of a public market')
  }
}

/** The words of the info struct as eth_call answers them. */
async function words (chain: DeployedGeneration, generator: string, market: string): Promise<bigint[]> {
  const answer = await chain.callRaw('generator_registry', chain.generation.info, [generator, market])
  return (answer.slice(2).match(/.{64}/g) ?? []).map(word => BigInt(`0x${word}`))
}

async function stateOf (chain: DeployedGeneration, generator: string, market: string): Promise<unknown> {
  return (await chain.read('generator_registry', chain.generation.state, [generator, market]))[0]
}

async function keyOf (chain: DeployedGeneration, generator: string, market: string): Promise<unknown> {
  const values = chain.generation.publicKey === 'pub_key(address)' ? [generator] : [generator, market]
  return (await chain.read('entity_registry', chain.generation.publicKey, values))[0]
}

/** The words of a generator's entry that count, by their position. */
async function entryOf (chain: DeployedGeneration, generator: string): Promise<Record<string, unknown>> {
  const word = await chain.read('generator_registry', chain.generation.entry, [generator])
  return chain.generation.stake === 'registry'
    ? { compute: word[6], consumed: word[3], allocated: word[2], stake: word[1], locked: word[4] }
    : { compute: word[4], consumed: word[2], allocated: word[1] }
}

function stakeOf (chain: DeployedGeneration, stake: bigint, locked: bigint): Record<string, bigint> {
  return chain.generation.stake === 'registry' ? { stake, locked } : {}
}

function reverted (reason: string): Error {
  return new Error(reason === '' ? 'reverted' : `reverted: ${reason}`)
}

function account (): string {
  return hexlify(randomBytes(20))
}

function secret (): string {
  return hexlify(randomBytes(32))
}
