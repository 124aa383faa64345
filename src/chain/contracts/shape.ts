import { decodeBytes, decodeWords } from './abi.js'
import { type FunctionName, type Selectors, toRead } from './contract-functions.js'
import type { ContractReader, ReadOutcome } from './contract-reads.js'
import type { GeneratorMarket } from './market-data.js'

/** The functions that two registries answer to. Null: no known one. */
export interface Shape {
  info: 'generatorInfo' | 'generatorInfoByHash' | 'proverInfo' | null
  key: 'publicKey' | 'publicKeyByAddress' | null
  /** The proof marketplace of the generator registry, and the getter that names it. */
  marketplace: { getter: (typeof MARKETPLACE)[number], address: string } | null
}

export type RegistryField = 'entity_registry' | 'generator_registry'

const INFO = ['generatorInfo', 'proverInfo', 'generatorInfoByHash'] as const
const KEY = ['publicKey', 'publicKeyByAddress'] as const
const MARKETPLACE = ['proofMarketplace', 'proofMarketPlace'] as const

/** The fewest words of the info struct in any generation. */
export const INFO_WORDS = 5

/** One pair suffices, because public getters do not revert. Also returns the fields whose address has no code. */
export async function identify ({ reader, selectors, registries, pair }: {
  reader: ContractReader, selectors: Selectors, registries: Record<RegistryField, string>, pair: GeneratorMarket
}): Promise<{ shape: Shape, withoutCode: RegistryField[] }> {
  const probe = (field: RegistryField) => (name: FunctionName) => toRead({ selectors, name, to: registries[field], values: [pair.generator, pair.market] })
  const probes = [...[...INFO, ...MARKETPLACE].map(probe('generator_registry')), ...KEY.map(probe('entity_registry'))]
  const outcomes = await reader.read(probes)
  const ofRegistry = outcomes.slice(0, INFO.length + MARKETPLACE.length)
  const infos = ofRegistry.slice(0, INFO.length)
  const marketplaces = ofRegistry.slice(INFO.length)
  const keys = outcomes.slice(ofRegistry.length)

  const silent = ([['entity_registry', keys], ['generator_registry', ofRegistry]] as const)
    .filter(([, data]) => data.every(answer => answer === '0x')).map(([field]) => field)
  const haveCode = await reader.haveCode(silent.map(field => registries[field]))
  const named = MARKETPLACE.map((getter, index) => ({ getter, address: readAddress(marketplaces[index]) }))
  return {
    withoutCode: silent.filter((_, index) => haveCode[index] === false),
    shape: {
      info: INFO.find((_, index) => decodeWords(infos[index] ?? '0x').length >= INFO_WORDS) ?? null,
      key: KEY.find((_, index) => decodeBytes(keys[index] ?? '0x') !== null) ?? null,
      marketplace: named.find((one): one is NonNullable<Shape['marketplace']> => one.address !== null) ?? null,
    },
  }
}

/** Reads the address that a getter returned, or null for none or zero. */
export function readAddress (data: ReadOutcome | undefined): string | null {
  const [word = 0n] = decodeWords(data ?? '0x')
  return word === 0n ? null : `0x${word.toString(16).padStart(40, '0').slice(-40)}`
}
