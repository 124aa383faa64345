import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const text = { accepts: value => typeof value === 'string', wanted: 'text' }
const url = { accepts: value => typeof value === 'string' && URL.canParse(value), wanted: 'a URL' }
const address = { accepts: value => matches(value, /^0x[0-9a-f]{40}$/i), wanted: '0x and 40 hexadecimal digits' }
const integer = { accepts: value => Number.isSafeInteger(value) && value >= 0, wanted: 'an integer from 0 up' }

/** The listener's `RuntimeConfigModel` needs these fields, and ignores every other one. */
const RUNTIME_RULES = {
  // Newer listeners do not read it, and older ones take any text.
  ws_url: { ...text, optional: true },
  http_url: url,
  private_key: { accepts: value => matches(value, /^(0x)?[0-9a-f]{64}$/i), wanted: '64 hexadecimal digits' },
  proof_market_place: address,
  generator_registry: address,
  start_block: integer,
  chain_id: integer,
  params_path: text,
  markets: { accepts: isObject, wanted: 'an object of markets, {} for none' },
}

const MARKET_RULES = {
  port: { accepts: isPort, wanted: 'the digits of a port from 1 to 65535, as text', optional: true },
  ivs_url: { ...text, optional: true },
  prover_gateway_url: { ...text, optional: true },
}

const GENERATOR_RULES = {
  address,
  // The listener decodes plain hex, and panics on 0x.
  ecies_private_key: { accepts: value => matches(value, /^[0-9a-f]{64}$/i), wanted: '64 hexadecimal digits without 0x' },
  data: { ...text, optional: true },
  supported_markets: { accepts: Array.isArray, wanted: 'a list of market ids' },
}

/**
 * Reads and checks the two config files like the Kalypso listener (kalypso-unified, listener/src/main.rs). Takes each
 * file from the first of the `folders` where it can be read. Throws an Error that names file and field. `texts` are the
 * files' contents. `digest` is the first 12 hexadecimal digits of the SHA-256 over both files.
 */
export function readConfiguration ({ folders }) {
  const generatorFile = readFirst({ folders, name: 'generator_config.json' })
  const runtimeFile = readFirst({ folders, name: 'runtime_config.json' })
  const generators = checkedGenerators(generatorFile)
  const runtime = checkedRuntime(runtimeFile)
  const digest = createHash('sha256').update(generatorFile.bytes).update(runtimeFile.bytes).digest('hex').slice(0, 12)
  return {
    generators,
    runtime,
    paths: [generatorFile.path, runtimeFile.path],
    texts: [generatorFile.bytes.toString(), runtimeFile.bytes.toString()],
    digest,
  }
}

function readFirst ({ folders, name }) {
  const failures = []
  for (const folder of folders) {
    const path = join(folder, name)
    try {
      return { path, bytes: readFileSync(path) }
    } catch (error) {
      failures.push(`${path} (${error.code})`)
    }
  }
  throw new Error(`${name} cannot be read: ${failures.join(', ')}`)
}

function checkedGenerators ({ path, bytes }) {
  const generators = parse({ path, bytes }).generator_config
  if (!Array.isArray(generators)) throw new Error(`${path}: generator_config must be a list of generators`)
  for (const [index, generator] of generators.entries()) {
    checkFields({ path, field: `generator_config[${index}]`, value: generator, rules: GENERATOR_RULES })
  }
  refuseDuplicates({ path, generators })
  return generators
}

/** The listener ends with "Generator Address mentioned twice". It compares bytes, so letter case does not matter. */
function refuseDuplicates ({ path, generators }) {
  const firstIndex = new Map()
  for (const [index, { address }] of generators.entries()) {
    const key = address.toLowerCase()
    if (firstIndex.has(key)) {
      throw new Error(`${path}: generator_config[${index}].address ${address} is there already, as generator_config[${firstIndex.get(key)}]`)
    }
    firstIndex.set(key, index)
  }
}

function checkedRuntime ({ path, bytes }) {
  const runtime = parse({ path, bytes }).runtime_config
  checkFields({ path, field: 'runtime_config', value: runtime, rules: RUNTIME_RULES })
  for (const [id, market] of Object.entries(runtime.markets)) {
    checkFields({ path, field: `runtime_config.markets.${id}`, value: market, rules: MARKET_RULES })
  }
  return runtime
}

function parse ({ path, bytes }) {
  let content
  try {
    content = JSON.parse(bytes.toString('utf8'))
  } catch {
    // The parser's own message quotes the file, and the file holds keys.
    throw new Error(`${path}: not valid JSON`)
  }
  if (!isObject(content)) throw new Error(`${path}: must be a JSON object`)
  return content
}

function checkFields ({ path, field, value, rules }) {
  if (!isObject(value)) throw new Error(`${path}: ${field} must be an object`)
  for (const [name, rule] of Object.entries(rules)) {
    const member = value[name] ?? undefined
    if (member === undefined && rule.optional) continue
    if (member === undefined) throw new Error(`${path}: ${field}.${name} is missing`)
    if (!rule.accepts(member)) throw new Error(`${path}: ${field}.${name} must be ${rule.wanted}`)
  }
}

function matches (value, pattern) {
  return typeof value === 'string' && pattern.test(value)
}

function isObject (value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isPort (value) {
  return matches(value, /^[1-9]\d{0,4}$/) && Number(value) <= 65535
}
