import {
  type Configuration, type ConfigurationSetup, type Generator, type GeneratorUpdate, type Market, MAXIMUM_GENERATORS, type RuntimeConfig,
  type RuntimeConfigUpdate, type StoredGenerator, type StoredRuntimeConfig, runtimeAddressFields
} from '../../schemas/configuration.js'
import { CodedError, invalidField } from '../errors.js'
import { checksummed } from '../chain/address.js'
import { findGenerator } from './generators.js'

/** Makes a new configuration. `enclaveSecret` is hex without 0x. `toChecksum` returns an address in EIP-55 form. */
export function setUp (setup: ConfigurationSetup, enclaveSecret: string, toChecksum = checksummed): Configuration {
  const twice = findRepeated(setup.generator_config.map(({ address }) => address))
  if (twice !== null) {
    throw invalidField(`generator_config/${twice}/address`, 'is listed twice, list each generator once')
  }
  return {
    generators: setup.generator_config.map((generator, index) =>
      storedGenerator(generator, enclaveSecret, { path: `generator_config/${index}/`, toChecksum })),
    runtime: { params_path: './params/', markets: {}, ...storedRuntime(setup.runtime_config, setup.runtime_config) } as StoredRuntimeConfig,
  }
}

/** Merges the given fields, but replaces `markets` as a whole. */
export function updateRuntime (configuration: Configuration, update: RuntimeConfigUpdate): Configuration {
  return { ...configuration, runtime: { ...configuration.runtime, ...storedRuntime(update, { ...configuration.runtime, ...update }) } }
}

export function addGenerator (configuration: Configuration, generator: Generator, enclaveSecret: string): Configuration {
  if (configuration.generators.some(({ address }) => address.toLowerCase() === generator.address.toLowerCase())) {
    throw new CodedError('GENERATOR_EXISTS', 'Generator with the provided address already exists.')
  }
  if (configuration.generators.length >= MAXIMUM_GENERATORS) {
    throw invalidField('address', `cannot be added, there are ${MAXIMUM_GENERATORS} generators: remove one first`)
  }
  return { ...configuration, generators: [...configuration.generators, storedGenerator(generator, enclaveSecret)] }
}

export function updateGenerator (configuration: Configuration, { address, ...update }: GeneratorUpdate): Configuration {
  const generator = findGenerator(configuration, address)
  if (update.supported_markets !== undefined) assertUniqueMarkets(update.supported_markets)
  const updated = { ...generator, ...update } as StoredGenerator
  return { ...configuration, generators: configuration.generators.map(one => one === generator ? updated : one) }
}

export function removeGenerator (configuration: Configuration, address: string): Configuration {
  const generator = findGenerator(configuration, address)
  return { ...configuration, generators: configuration.generators.filter(one => one !== generator) }
}

/** Gives every generator the enclave's present secret, which may be a new one after a restart. */
export function adoptEnclaveSecret (configuration: Configuration, enclaveSecret: string): Configuration {
  const generators = configuration.generators.map(one => ({ ...one, ecies_private_key: enclaveSecret }))
  return { ...configuration, generators }
}

function storedGenerator (generator: Generator, enclaveSecret: string, { path = '', toChecksum = checksummed } = {}): StoredGenerator {
  assertUniqueMarkets(generator.supported_markets, path)
  const { address, data, supported_markets: markets } = generator
  return { address: toChecksum(address), ecies_private_key: enclaveSecret, data, supported_markets: markets }
}

function storedRuntime ({ markets, ...given }: Partial<RuntimeConfig>, { ivs_url: ivsUrl = '' }: { ivs_url?: string }): Partial<StoredRuntimeConfig> {
  const stored: Partial<StoredRuntimeConfig> = { ...given }
  for (const field of runtimeAddressFields) {
    if (given[field] !== undefined) stored[field] = checksummed(given[field])
  }
  if (given.private_key !== undefined) stored.private_key = given.private_key.replace(/^0x/, '')
  if (markets !== undefined) {
    stored.markets = Object.fromEntries(Object.entries(markets).map(([id, market]) => [id, storedMarket(market, ivsUrl)]))
  }
  return stored
}

/** A market that is a port alone gets the `ivsUrl` of the runtime config. */
function storedMarket (market: Market, ivsUrl: string): StoredRuntimeConfig['markets'][string] {
  if (typeof market !== 'object') return { port: String(market), ivs_url: ivsUrl }
  const { port, ...urls } = market
  return port === undefined ? urls : { port: String(port), ...urls }
}

function assertUniqueMarkets (markets: string[], path = ''): void {
  const twice = findRepeated(markets)
  if (twice !== null) throw invalidField(`${path}supported_markets/${twice}`, 'is listed twice, list each market once')
}

/** Returns the index of the first value that came before in any letter case, which no schema finds, or null. */
function findRepeated (values: string[]): number | null {
  const known = new Set<string>()
  for (const [index, value] of values.entries()) {
    const folded = value.toLowerCase()
    if (known.has(folded)) return index
    known.add(folded)
  }
  return null
}
