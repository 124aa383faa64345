import type { Configuration, ConfigurationSetup, Generator, GeneratorUpdate, RuntimeConfigUpdate } from '../../schemas/configuration.js'
import type { MarketAddresses } from '../chain/contracts/market-addresses.js'
import type { Preflight } from '../chain/preflight.js'
import { assertPassed } from '../chain/checks/verdict.js'
import type { ConfigurationStore } from './store.js'

/**
 * The changes that the API offers. Each is checked on the chain if it touches a checked field. Nothing is written if a
 * check fails. Throws the coded errors of the changes, the checks and the store.
 */
export function createCheckedChanges ({ store, preflight, assertMarketAddresses, enclaveSecret }: {
  store: ConfigurationStore, preflight: Preflight, assertMarketAddresses: MarketAddresses, enclaveSecret: string
}) {
  /** Load on first use, so that the start does not pay for the hash of addresses. */
  const loadChanges = async () => await import('./changes.js')
  type Changes = Awaited<ReturnType<typeof loadChanges>>

  async function write (next: (changes: Changes, current: Configuration) => Configuration): Promise<void> {
    const changes = await loadChanges()
    await store.change(current => next(changes, current()))
  }

  /** Returns what was written. No earlier state matters, so this may take several turns of the event loop. */
  async function setUp (setup: ConfigurationSetup): Promise<Configuration> {
    const changes = await loadChanges()
    const { checksumAll } = await import('../chain/address.js')
    const checksums = await checksumAll(setup.generator_config.map(({ address }) => address))
    await assertMarketAddresses(setup.runtime_config, 'runtime_config/')
    const configuration = changes.setUp(setup, enclaveSecret, address => checksums.get(address)!)
    assertPassed(await preflight.checkRuntime(configuration.runtime))
    return await store.change(() => configuration)
  }

  async function updateRuntime (update: RuntimeConfigUpdate): Promise<void> {
    await assertMarketAddresses(update, '')
    if (CHECKED_FIELDS.every(field => update[field] === undefined)) {
      return await write((changes, current) => changes.updateRuntime(current, update))
    }
    const changes = await loadChanges()
    const checked = changes.updateRuntime(await store.read(), update)
    assertPassed(await preflight.checkRuntime(checked.runtime))
    // Another change may have come in between. Only the checked result may be written.
    const written = await store.change(current => {
      const next = changes.updateRuntime(current(), update)
      return isSameSubject(next, checked) ? next : current()
    })
    if (!isSameSubject(written, checked)) await updateRuntime(update)
  }

  return {
    setUp,
    updateRuntime,
    addGenerator: async (generator: Generator) =>
      await write(({ addGenerator }, current) => addGenerator(current, generator, enclaveSecret)),
    updateGenerator: async (update: GeneratorUpdate) =>
      await write(({ updateGenerator }, current) => updateGenerator(current, update)),
    removeGenerator: async (address: string) =>
      await write(({ removeGenerator }, current) => removeGenerator(current, address)),
  }
}

export type CheckedChanges = ReturnType<typeof createCheckedChanges>

const CHECKED_FIELDS = ['private_key', 'chain_id', 'http_url', 'ws_url'] as const

function isSameSubject (one: Configuration, other: Configuration): boolean {
  return CHECKED_FIELDS.every(field => one.runtime[field] === other.runtime[field])
}
