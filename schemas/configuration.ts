import { type Static, Type } from '@sinclair/typebox'
import { Address, HttpUrl, MarketId, OptionalUrl, PositiveInteger, PrivateKey, WsUrl } from './common.js'

export const MAXIMUM_GENERATORS = 10_000

const strict = { additionalProperties: false }

export const SupportedMarkets = Type.Array(MarketId, { minItems: 1, maxItems: 256, uniqueItems: true })
export const GeneratorData = Type.String({ maxLength: 4096, format: 'text' })

export const Generator = Type.Object({
  address: Address,
  data: GeneratorData,
  supported_markets: SupportedMarkets,
}, strict)
export type Generator = Static<typeof Generator>

const runtimeFields = {
  ws_url: Type.Optional(WsUrl),
  http_url: HttpUrl,
  private_key: PrivateKey,
  start_block: PositiveInteger,
  chain_id: PositiveInteger,
  payment_token: Type.Optional(Address),
  generator_registry: Address,
  attestation_verifier: Address,
  entity_registry: Address,
  proof_market_place: Address,
  staking_token: Address,
  transfer_verifier_wrapper: Type.Optional(Address),
  zkb_verifier_wrapper: Type.Optional(Address),
  priority_list: Type.Optional(Address),
  input_and_proof_format: Type.Optional(Address),
  zkbob_market_id: Type.Optional(Type.Union([
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    Type.String({ minLength: 1, maxLength: 78, format: 'text' }),
  ])),
  ivs_url: Type.Optional(OptionalUrl),
}

export const runtimeAddressFields = [
  'payment_token', 'generator_registry', 'attestation_verifier', 'entity_registry', 'proof_market_place', 'staking_token',
  'transfer_verifier_wrapper', 'zkb_verifier_wrapper', 'priority_list', 'input_and_proof_format',
] as const

const PortNumber = Type.Integer({ minimum: 1, maximum: 65535 })
const PortText = Type.String({ format: 'port' })

/** A market as a client sends it. Listeners before May 2024 had the port alone. */
const Market = Type.Union([PortNumber, PortText, Type.Object({
  port: Type.Optional(Type.Union([PortNumber, PortText])),
  ivs_url: Type.Optional(OptionalUrl),
  prover_gateway_url: Type.Optional(OptionalUrl),
}, strict)])
export type Market = Static<typeof Market>

export const RuntimeConfig = Type.Object({
  ...runtimeFields,
  markets: Type.Optional(Type.Record(Type.String(), Market, { propertyNames: MarketId, maxProperties: 256 })),
}, strict)
export type RuntimeConfig = Static<typeof RuntimeConfig>

export const ConfigurationSetup = Type.Object({
  generator_config: Type.Array(Generator, { minItems: 1, maxItems: MAXIMUM_GENERATORS }),
  runtime_config: RuntimeConfig,
}, strict)
export type ConfigurationSetup = Static<typeof ConfigurationSetup>

export const RuntimeConfigUpdate = Type.Partial(RuntimeConfig, { ...strict, minProperties: 1 })
export type RuntimeConfigUpdate = Static<typeof RuntimeConfigUpdate>

export const GeneratorUpdate = Type.Object({
  address: Address,
  data: Type.Optional(GeneratorData),
  supported_markets: Type.Optional(SupportedMarkets),
}, { ...strict, minProperties: 2 })
export type GeneratorUpdate = Static<typeof GeneratorUpdate>

export const GeneratorRemoval = Type.Object({ address: Address }, strict)
export type GeneratorRemoval = Static<typeof GeneratorRemoval>

/** A generator in generator_config.json. `ecies_private_key` is hex without 0x. Unknown fields are kept. */
export const StoredGenerator = Type.Object({
  address: Address,
  ecies_private_key: PrivateKey,
  data: Type.String(),
  supported_markets: Type.Array(MarketId),
})
export type StoredGenerator = Static<typeof StoredGenerator>

/** The content of runtime_config.json below its root. Unknown fields are kept. */
export const StoredRuntimeConfig = Type.Object({
  ...runtimeFields,
  // Other services' files may hold values that the API refuses.
  start_block: Type.Integer({ minimum: 0 }),
  ws_url: Type.Optional(Type.String()),
  ivs_url: Type.Optional(Type.String()),
  params_path: Type.String(),
  markets: Type.Record(Type.String(), Type.Object({
    port: Type.Optional(PortText),
    ivs_url: Type.Optional(Type.String()),
    prover_gateway_url: Type.Optional(Type.String()),
  })),
})
export type StoredRuntimeConfig = Static<typeof StoredRuntimeConfig>

export interface Configuration {
  generators: StoredGenerator[]
  runtime: StoredRuntimeConfig
}

export const RestartNotes = {
  restart_required: Type.Optional(Type.Literal(true)),
  restart_programs: Type.Optional(Type.Array(Type.String())),
}

export const ConfigurationNotes = {
  ...RestartNotes,
  warnings: Type.Optional(Type.Array(Type.String())),
}
