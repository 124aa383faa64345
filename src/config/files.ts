import { createHash } from 'node:crypto'
import { Ajv, type ValidateFunction } from 'ajv'
import { type Configuration, StoredGenerator, StoredRuntimeConfig } from '../../schemas/configuration.js'
import { formats } from '../../schemas/formats.js'

export const GENERATOR_FILE = 'generator_config.json'
export const RUNTIME_FILE = 'runtime_config.json'
export const CONFIG_FILES = [GENERATOR_FILE, RUNTIME_FILE] as const
export type ConfigFile = typeof CONFIG_FILES[number]
export type ConfigTexts = Record<ConfigFile, string>

/** A config file that cannot be used, and why; the message never has content of the file. */
export class DamagedFile extends Error {
  constructor (readonly file: ConfigFile, readonly reason: string) {
    super(`${file} ${reason}`)
  }
}

/** The two files in the format that generators read (kalypso.md, section 3). */
export function print ({ generators, runtime }: Configuration): ConfigTexts {
  return {
    [GENERATOR_FILE]: JSON.stringify({ generator_config: generators }, null, 2),
    [RUNTIME_FILE]: JSON.stringify({ runtime_config: runtime }, null, 2),
  }
}

export function parse (texts: ConfigTexts): Configuration {
  const generators = parseFile(texts, GENERATOR_FILE, 'generator_config', validateGenerators)
  const runtime = parseFile(texts, RUNTIME_FILE, 'runtime_config', validateRuntime)
  const addresses = new Set(generators.map(({ address }) => address.toLowerCase()))
  if (addresses.size < generators.length) throw new DamagedFile(GENERATOR_FILE, 'lists a generator address twice')
  return { generators, runtime }
}

/** Identifies the content of a file: the first 128 bits of its SHA-256, in hex. */
export function digest (text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

const ajv = new Ajv({ formats: Object.fromEntries(Object.entries(formats).map(([name, { validate }]) => [name, validate])) })
const validateGenerators = ajv.compile<StoredGenerator[]>({ type: 'array', items: StoredGenerator })
const validateRuntime = ajv.compile<StoredRuntimeConfig>(StoredRuntimeConfig)

function parseFile<Content> (texts: ConfigTexts, file: ConfigFile, root: string, validate: ValidateFunction<Content>): Content {
  let json: Record<string, unknown> | null
  try {
    json = JSON.parse(texts[file])
  } catch {
    throw new DamagedFile(file, texts[file] === '' ? 'is empty' : 'is not JSON')
  }
  const content = json?.[root]
  if (!validate(content)) {
    const error = validate.errors?.[0]
    throw new DamagedFile(file, `has a wrong value at ${root}${error?.instancePath}: ${error?.message}`)
  }
  return content
}
