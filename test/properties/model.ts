import type {
  ConfigurationSetup, Generator, GeneratorUpdate, RuntimeConfigUpdate
} from '../../schemas/configuration.js'

/** A change as a client asks for it. */
export type Asked =
  | { kind: 'setup', setup: ConfigurationSetup }
  | { kind: 'update', update: RuntimeConfigUpdate }
  | { kind: 'add', generator: Generator }
  | { kind: 'change', update: GeneratorUpdate }
  | { kind: 'remove', address: string }

/**
 * The state that the operator believes in: generators by lower-case address, in the order of their adding, and runtime
 * fields.
 */
export interface Belief {
  generators: Map<string, { data: string, supported_markets: string[] }>
  runtime: Record<string, unknown>
}

/**
 * The state that the operator believes in after a change, or the code of the expected error. It is as simple as
 * possible, on purpose.
 */
export function expectation (belief: Belief | null, asked: Asked): Belief | string {
  if (asked.kind === 'setup') {
    const { generator_config: generators, runtime_config: runtime } = asked.setup
    return { generators: new Map(generators.map(entry)), runtime: { markets: {}, ...stored(runtime, '') } }
  }
  if (belief === null) return 'CONFIG_NOT_FOUND'
  const generators = new Map(belief.generators)
  switch (asked.kind) {
    case 'update': return {
      generators, runtime: { ...belief.runtime, ...stored(asked.update, belief.runtime['ivs_url']) }
    }
    case 'add': {
      const [address, generator] = entry(asked.generator)
      if (generators.has(address)) return 'GENERATOR_EXISTS'
      return { ...belief, generators: generators.set(address, generator) }
    }
    case 'change': {
      const { address, ...update } = asked.update
      const old = generators.get(address.toLowerCase())
      return old === undefined
        ? 'GENERATOR_NOT_FOUND'
        : {
            ...belief, generators: generators.set(address.toLowerCase(), { ...old, ...update })
          }
    }
    case 'remove':
      return generators.delete(asked.address.toLowerCase()) ? { ...belief, generators } : 'GENERATOR_NOT_FOUND'
  }
}

function entry ({ address, ...generator }: Generator): [string, Omit<Generator, 'address'>] {
  return [address.toLowerCase(), generator]
}

/** Ports are stored as strings. A port alone replaces the one of the runtime config's ivs_url. */
function stored ({ markets, ...fields }: RuntimeConfigUpdate, ivsUrl: unknown): Record<string, unknown> {
  if (markets === undefined) return fields
  return {
    ...fields,
    markets: Object.fromEntries(Object.entries(markets).map(([id, market]) => {
      if (typeof market !== 'object') return [id, { port: String(market), ivs_url: fields.ivs_url ?? ivsUrl ?? '' }]
      return [id, { ...market, ...typeof market.port === 'number' && { port: String(market.port) } }]
    }))
  }
}
