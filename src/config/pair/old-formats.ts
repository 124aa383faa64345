/**
 * Turns the content of a config file, below its root, into today's form, in place. Leaves unknown forms to the schema.
 * Source: kalypso-unified, listener and generator_client, April to September 2024. Known forms:
 *
 * - one generator instead of the list, and either file without its root
 * - `supported_markets` as U256 hex without leading zeros (before June 2024) or as numbers, and no `data`
 * - no `markets` (before May 2024), `markets` as `{ "7": "6000" }`, and ports as numbers
 * - no `params_path` (from August 2024), and keys with 0x
 */
export function modernize (json: unknown, root: 'generator_config' | 'runtime_config'): unknown {
  const content = isObject(json) && root in json ? json[root] : json
  if (root === 'generator_config') {
    const generators = isObject(content) && 'address' in content ? [content] : content
    if (Array.isArray(generators)) generators.filter(isObject).forEach(modernizeGenerator)
    return generators
  }
  if (isObject(content)) modernizeRuntime(content)
  return content
}

function modernizeGenerator (generator: Record<string, unknown>): void {
  generator['data'] ??= ''
  withoutPrefix(generator, 'ecies_private_key')
  const { supported_markets: markets } = generator
  if (Array.isArray(markets)) generator['supported_markets'] = markets.map(modernizeMarketId)
}

/** Leaves a hash alone, which has all of its 64 digits. */
function modernizeMarketId (id: unknown): unknown {
  if (Number.isSafeInteger(id)) return String(id)
  return typeof id === 'string' && /^0x[0-9a-f]{1,63}$/i.test(id) ? BigInt(id).toString() : id
}

function modernizeRuntime (runtime: Record<string, unknown>): void {
  runtime['params_path'] ??= './params/'
  withoutPrefix(runtime, 'private_key')
  const markets = runtime['markets'] ??= {}
  if (!isObject(markets)) return
  for (const [id, market] of Object.entries(markets)) {
    if (isPort(market)) markets[id] = { port: String(market), ivs_url: runtime['ivs_url'] ?? '' }
    else if (isObject(market) && isPort(market['port'])) market['port'] = String(market['port'])
  }
}

function withoutPrefix (object: Record<string, unknown>, name: string): void {
  const key = object[name]
  if (typeof key === 'string') object[name] = key.replace(/^0x/, '')
}

function isPort (value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
