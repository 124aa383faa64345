import t from 'tap'
import type { Configuration, StoredRuntimeConfig } from '../../schemas/configuration.js'
import { createSkippedPreflight } from '../../src/chain/checks/skipped.js'
import { createCheckedChanges } from '../../src/config/checked-changes.js'
import { createConfigPair } from '../../src/config/pair/pair.js'
import { createConfigurationStore } from '../../src/config/store.js'
import { SECRET, setup } from '../fixtures/configuration.js'

/** Makes changes whose checks all pass, each after `meanwhile`. Lists every check. */
function openChanges (folder: string, meanwhile: (round: number) => Promise<void>) {
  const store = createConfigurationStore({ pair: createConfigPair({ folder }) })
  const checked: Partial<StoredRuntimeConfig>[] = []
  const passing = createSkippedPreflight()
  const preflight: typeof passing = {
    ...passing,
    checkRuntime: async runtime => {
      checked.push({ chain_id: runtime.chain_id, http_url: runtime.http_url })
      await meanwhile(checked.length)
      return await passing.checkRuntime(runtime)
    },
  }
  return {
    store,
    checked,
    changes: createCheckedChanges({ store, preflight, assertMarketAddresses: async () => {}, enclaveSecret: SECRET }),
  }
}

t.test('a change is written as it was checked, despite changes in between', async t => {
  const { store, checked, changes } = openChanges(t.testdir(), async round => {
    // During the checks of the chain_id update, another URL is written. Later a field changes that no check looks at.
    if (round === 2) await store.change(current => withRuntime(current(), { http_url: 'https://other.example' }))
    if (round === 3) await store.change(current => withRuntime(current(), { start_block: 99 }))
  })
  await changes.setUp(setup)
  await changes.updateRuntime({ chain_id: 7 })
  t.strictSame(checked, [
    { chain_id: 42, http_url: 'https://rpc.example/key' },
    { chain_id: 7, http_url: 'https://rpc.example/key' },
    { chain_id: 7, http_url: 'https://other.example' },
  ])
  t.match((await store.read()).runtime, { chain_id: 7, http_url: 'https://other.example', start_block: 99 })
})

function withRuntime (configuration: Configuration, changes: Partial<StoredRuntimeConfig>): Configuration {
  return { ...configuration, runtime: { ...configuration.runtime, ...changes } }
}
