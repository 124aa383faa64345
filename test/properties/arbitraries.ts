import { hash } from 'node:crypto'
import fc from 'fast-check'
import type {
  ConfigurationSetup, Generator, GeneratorUpdate, RuntimeConfigUpdate
} from '../../schemas/configuration.js'
import { numberedAddress, setup } from '../fixtures/configuration.js'

/** A few addresses with letters, so that changes meet. Each has its own letter case. */
export const address = fc.tuple(
  fc.nat({ max: 11 }), fc.bigInt({ min: 0n, max: 2n ** 40n - 1n })
).map(([number, cases]) => {
  const digits = number.toString(16).repeat(40).slice(0, 36) + String(number).padStart(4, '0')
  const isUpper = (index: number): boolean => (cases >> BigInt(index)) % 2n === 1n
  return `0x${Array.from(digits, (digit, index) => isUpper(index) ? digit.toUpperCase() : digit).join('')}`
})
const data = fc.string({ unit: 'binary', maxLength: 20 }).filter(text => !text.includes('\0'))
const market = fc.oneof(
  fc.nat().map(String),
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }).map(number => `0x${number.toString(16).padStart(64, '0')}`)
)
const markets = fc.uniqueArray(market, { minLength: 1, maxLength: 4, selector: one => one.toLowerCase() })

export const generator: fc.Arbitrary<Generator> = fc.record({ address, data, supported_markets: markets })
export const generatorUpdate = fc.record({ address, data, supported_markets: markets }, { requiredKeys: ['address'] })
  .filter(update => Object.keys(update).length > 1) as fc.Arbitrary<GeneratorUpdate>

/** A small number that no address or market resembles. The test searches the answers for it. */
const privateKey = fc.oneof(
  fc.bigInt({ min: 1n, max: 2n ** 60n }).map(number => number.toString(16).padStart(64, '0')),
  fc.string().map(text => hash('sha256', text))
)

/** The service uses none of these ports. */
const port = fc.integer({ min: 10_000, max: 65535 })

const optionalUrl = fc.oneof(fc.constant(''), fc.webUrl())

const runtimeFields = {
  start_block: fc.integer({ min: 1 }),
  chain_id: fc.integer({ min: 1 }),
  private_key: privateKey,
  http_url: fc.webUrl(),
  ws_url: fc.constantFrom('wss:://dummy', 'wss://rpc.example/'),
  ivs_url: optionalUrl,
  payment_token: fc.nat().map(numberedAddress),
  zkbob_market_id: fc.oneof(fc.nat(), fc.nat().map(String)),
  markets: fc.dictionary(fc.nat({ max: 5 }).map(String), fc.oneof(port, port.map(String), fc.record({
    port, ivs_url: optionalUrl, prover_gateway_url: optionalUrl
  }, { requiredKeys: [], noNullPrototype: true })), { maxKeys: 3, noNullPrototype: true }),
}
export const runtimeUpdate = fc.record(runtimeFields, { requiredKeys: [], noNullPrototype: true })
  .filter(update => Object.keys(update).length > 0) as fc.Arbitrary<RuntimeConfigUpdate>

export const configurationSetup: fc.Arbitrary<ConfigurationSetup> = fc.record({
  generator_config: fc.uniqueArray(generator, {
    minLength: 1, maxLength: 6, selector: one => one.address.toLowerCase()
  }),
  runtime_config: fc.record(runtimeFields, {
    requiredKeys: ['private_key'], noNullPrototype: true
  }).map(fields => ({ ...setup.runtime_config, ...fields })),
}) as fc.Arbitrary<ConfigurationSetup>
