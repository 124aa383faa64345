import { createHash } from 'node:crypto'
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { type Configuration, StoredGenerator, StoredRuntimeConfig } from '../../../schemas/configuration.js'
import { dropNulls } from '../../../schemas/validation/drop-nulls.js'
import { createSchemaCheck, type SchemaCheck } from '../../files/schema-check.js'
import { modernize } from './old-formats.js'

export const GENERATOR_FILE = 'generator_config.json'
export const RUNTIME_FILE = 'runtime_config.json'
export const CONFIG_FILES = [GENERATOR_FILE, RUNTIME_FILE] as const
export type ConfigFile = typeof CONFIG_FILES[number]
export const CURRENT = '.current'
export type ConfigTexts = Record<ConfigFile, string>

/** A config file, or the link to it, cannot be used. The message says why, and never quotes the file. */
export class DamagedFile extends Error {
  constructor (readonly file: ConfigFile | typeof CURRENT, readonly reason: string) {
    super(`${file} ${reason}`)
  }
}

/** Prints the two files as generators read them (GeneratorConfig and RuntimeConfig of Kalypso's listener). */
export function print ({ generators, runtime }: Configuration): ConfigTexts {
  return {
    [GENERATOR_FILE]: JSON.stringify({ generator_config: generators }, null, 2),
    [RUNTIME_FILE]: JSON.stringify({ runtime_config: runtime }, null, 2),
  }
}

/** Reads both files in any known format. Throws DamagedFile. */
export function parse (texts: ConfigTexts): Configuration {
  const generators = parseFile(texts, GENERATOR_FILE, 'generator_config', Generators, isGenerators)
  const runtime = parseFile(texts, RUNTIME_FILE, 'runtime_config', StoredRuntimeConfig, isRuntime)
  const addresses = new Set(generators.map(({ address }) => address.toLowerCase()))
  if (addresses.size < generators.length) throw new DamagedFile(GENERATOR_FILE, 'lists a generator address twice')
  return { generators, runtime }
}

/** Tells whether a file has an older format than today's. White space does not count. */
export function isOfOldFormat (texts: ConfigTexts, configuration: Configuration): boolean {
  const newest = print(configuration)
  return CONFIG_FILES.some(file => texts[file].startsWith(BYTE_ORDER_MARK) || JSON.stringify(JSON.parse(texts[file]), null, 2) !== newest[file])
}

/** Identifies a text by the first 128 bits of its SHA-256, in hex. */
export function digest (text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

const BYTE_ORDER_MARK = '\ufeff'
const Generators = Type.Array(StoredGenerator)
const isGenerators = createSchemaCheck(Generators)
const isRuntime = createSchemaCheck(StoredRuntimeConfig)

function parseFile<Schema extends TSchema> (
  texts: ConfigTexts, file: ConfigFile, root: 'generator_config' | 'runtime_config', schema: Schema, isContent: SchemaCheck<Schema>
): Static<Schema> {
  let json: unknown
  try {
    json = JSON.parse(texts[file].startsWith(BYTE_ORDER_MARK) ? texts[file].slice(1) : texts[file])
  } catch {
    throw new DamagedFile(file, texts[file] === '' ? 'is empty' : 'is not JSON')
  }
  const content = modernize(json, root)
  dropNulls(schema, content)
  if (!isContent(content)) {
    const error = isContent.error()
    throw new DamagedFile(file, `has a wrong value at ${root}${error?.instancePath}: ${error?.message}`)
  }
  return content
}
