import { hexlify } from 'ethers'
import t from 'tap'
import { createContractReader } from '../../src/chain/contracts/contract-reads.js'
import { createJsonRpcClient } from '../../src/chain/rpc/json-rpc.js'
import { createPreflight, type PreflightCheck } from '../../src/chain/preflight.js'
import { startAnvil } from '../anvil.js'
import { publicKeyOf } from '../contracts/attestation.js'
import { deployGeneration, GENERATIONS, type GenerationId } from '../contracts/generations.js'
import { installMulticall3, MULTICALL3 } from '../contracts/multicall.js'
import { connectNode } from '../contracts/node.js'
import { configuration, runtimeConfig } from './configuration.js'
import { randomBytes } from '../random.js'

const anvil = await startAnvil()
t.teardown(anvil.stop)

const LONG = hexlify(Buffer.alloc(100_000, 1))
/** A block of anvil has too little gas for storing 100,000 bytes. */
const BLOCK_GAS = '0x3b9aca00'

for (const id of Object.keys(GENERATIONS) as GenerationId[]) {
  t.test(`${id}: data of 100,000 bytes, of a market and of a generator, hides nothing`, async t => {
    const chain = await deployGeneration(anvil.url, id)
    await chain.rpc('evm_setBlockGasLimit', BLOCK_GAS)
    const key = hexlify(randomBytes(32))
    const generators = Array.from({ length: 3 }, () => hexlify(randomBytes(20)))
    const [generator = ''] = generators
    const markets = [
      await chain.createMarket(), await chain.createMarket({ metadata: LONG }), await chain.createMarket()
    ]
    for (const [index, address] of generators.entries()) {
      await chain.register({ generator: address, ...(index === 1 && { data: LONG }) })
      for (const market of markets) {
        await chain.join({
          generator: address, market, computePerRequest: 20n, ...(index === 0 && market === markets[0] && { key })
        })
      }
    }
    await chain.useUpCompute({ generator: generators[1]!, market: markets[1]! })

    const found: PreflightCheck[][] = []
    for (const hasMulticall of [true, false]) {
      if (hasMulticall) await installMulticall3(anvil.url)
      else await chain.rpc('anvil_setCode', MULTICALL3, '0x')
      const { checkAll } = createPreflight({
        network: 'any',
        timeoutMs: 5000,
        skipVerification: false,
        enclavePublicKey: () => Buffer.from(
          publicKeyOf(key).slice(2), 'hex'
        ),
      })
      const { generator_registry: generatorRegistry, entity_registry: entityRegistry } = chain.addresses
      const runtime = runtimeConfig(anvil.url, {
        generator_registry: generatorRegistry, entity_registry: entityRegistry
      })
      found.push(await checkAll(configuration(
        runtime, Object.fromEntries(generators.map(address => [address, markets]))
      )))
    }
    const [checks = [], without] = found
    t.strictSame(without, checks)
    t.match(checks.find(({ name }) => name === 'rpc'), { result: 'pass' })
    t.match(checks.find(({ name }) => name === `registration:${generator}:${markets[1]}`), { result: 'pass' })
    t.strictSame(
      checks.filter(({ finding }) => finding === 'no-compute').map(({ name }) => name),
      markets.map(market => `registration:${generators[1]}:${market}`)
    )
  })
}

t.test('an answer that is too long counts as nothing, and the rest is read', async t => {
  const { rpc } = connectNode(anvil.url)
  const [short, endless] = [hexlify(randomBytes(20)), hexlify(randomBytes(20))]
  // PUSH the number of bytes, PUSH 0, RETURN.
  await rpc('anvil_setCode', short, '0x60206000f3')
  await rpc('anvil_setCode', endless, '0x620493e06000f3')
  for (const hasMulticall of [true, false]) {
    if (hasMulticall) await installMulticall3(anvil.url)
    else await rpc('anvil_setCode', MULTICALL3, '0x')
    const client = createJsonRpcClient({ field: 'http_url', url: anvil.url, network: 'any', timeoutMs: 5000 })
    t.teardown(() => client.close())
    const reader = createContractReader({ client, memory: { hasMulticall: null } })
    const outcomes = await reader.read([short, endless, short].map(to => ({
      to, data: '0x', answerBytes: 400, mayBeLong: to === endless
    })))
    t.strictSame(outcomes, [`0x${'00'.repeat(32)}`, '0x', `0x${'00'.repeat(32)}`])
    const rejected = reader.read([short, endless].map(to => ({ to, data: '0x', answerBytes: 400, mayBeLong: false })))
    await t.rejects(rejected, { message: 'answered with far more data than was asked for' })
  }
})
