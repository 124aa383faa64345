import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../../tools/demo/free-port.js'
import { createPreflight } from '../../src/chain/preflight.js'
import { startAnvil } from '../anvil.js'
import { deployContracts } from '../contracts/deploy.js'
import { configuration, ENCLAVE_PUBLIC_KEY, ENCLAVE_PUBLIC_KEY_HEX, GENERATOR, runtimeConfig } from './configuration.js'

t.test('a node that is restarted in between', async t => {
  const stateFile = join(t.testdir(), 'state.json')
  const first = await startAnvil({ port: await freePort(), stateFile })
  t.teardown(first.stop)
  const chain = await deployContracts(first.url)
  await chain.transact([
    { contract: 'GeneratorRegistry', function: 'setState', values: [GENERATOR, '1', 1] },
    { contract: 'EntityKeyRegistry', function: 'setMarketKey', values: [GENERATOR, '1', ENCLAVE_PUBLIC_KEY_HEX] },
  ])
  const preflight = createPreflight({
    network: 'any', timeoutMs: 5000, skipVerification: false, enclavePublicKey: () => ENCLAVE_PUBLIC_KEY,
  })
  const registries = {
    generator_registry: chain.addresses.GeneratorRegistry, entity_registry: chain.addresses.EntityKeyRegistry
  }
  const checkAll = () => preflight.checkAll(configuration(runtimeConfig(first.url, registries), { [GENERATOR]: ['1'] }))

  const before = await checkAll()
  t.strictSame(before.map(({ result }) => result), ['pass', 'pass', 'pass', 'pass', 'pass'])

  await first.stop()
  const down = await checkAll()
  t.strictSame(down.map(({ result }) => result), ['fail', 'skipped', 'skipped', 'skipped', 'skipped'])
  t.equal(down[0]?.message, `RPC endpoint ${new URL(first.url).host} could not be reached (ECONNREFUSED)`)

  const second = await startAnvil({ port: first.port, stateFile })
  t.teardown(second.stop)
  t.strictSame(await checkAll(), before)
})
