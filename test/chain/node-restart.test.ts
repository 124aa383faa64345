import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../../tools/demo/free-port.js'
import { createPreflight } from '../../src/chain/preflight.js'
import { startAnvil } from '../anvil.js'
import { publicKeyOf } from '../contracts/attestation.js'
import { deployGeneration } from '../contracts/generations.js'
import { configuration, GENERATOR, runtimeConfig } from './configuration.js'

const KEY = `0x${'17'.repeat(32)}`

t.test('a node that is restarted in between', async t => {
  const stateFile = join(t.testdir(), 'state.json')
  const first = await startAnvil({ port: await freePort(), stateFile })
  t.teardown(first.stop)
  const chain = await deployGeneration(first.url, 'oct-2024')
  const market = await chain.createMarket()
  await chain.register({ generator: GENERATOR })
  await chain.join({ generator: GENERATOR, market, key: KEY })
  const preflight = createPreflight({
    network: 'any',
    timeoutMs: 5000,
    skipVerification: false,
    enclavePublicKey: () => Buffer.from(publicKeyOf(KEY).slice(2), 'hex'),
  })
  const { generator_registry: registry, entity_registry: keys, proof_market_place: marketplace } = chain.addresses
  const addresses = { generator_registry: registry, entity_registry: keys, proof_market_place: marketplace }
  const configured = configuration(runtimeConfig(first.url, addresses), { [GENERATOR]: [market] })
  const checkAll = async () => await preflight.checkAll(configured)

  const before = await checkAll()
  t.ok(before.length >= 5)
  t.strictSame(before.filter(({ result }) => result !== 'pass'), [])

  await first.stop()
  const [rpc, ...others] = await checkAll()
  t.match(rpc, {
    name: 'rpc',
    result: 'fail',
    message: `RPC endpoint ${new URL(first.url).host} could not be reached (ECONNREFUSED)`,
  })
  t.strictSame(new Set(others.map(({ result }) => result)), new Set(['skipped']))

  const second = await startAnvil({ port: first.port, stateFile })
  t.teardown(second.stop)
  t.strictSame(await checkAll(), before)
})
