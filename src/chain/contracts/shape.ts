import { decodeBytes, decodeWords, encodeCall, toAddress } from './abi.js'
import { FUNCTIONS, type FunctionName, type Selectors } from './contract-functions.js'
import type { ContractReader, ContractRead, ReadOutcome } from './contract-reads.js'
import type { GeneratorMarket } from './market-data.js'

/** Which functions two registries answer to; null for none that is known. */
export interface Shape {
  info: 'generatorInfo' | 'generatorInfoByHash' | 'proverInfo' | null
  key: 'publicKey' | 'publicKeyByAddress' | null
  /** The proof marketplace that the generator registry belongs to, and the getter that names it. */
  marketplace: { getter: (typeof MARKETPLACE)[number], address: string } | null
}

type Field = 'entity_registry' | 'generator_registry'

const INFO = ['generatorInfo', 'proverInfo', 'generatorInfoByHash'] as const
const KEY = ['publicKey', 'publicKeyByAddress'] as const
const MARKETPLACE = ['proofMarketplace', 'proofMarketPlace'] as const

/** Fewest words of the info struct, in all generations. */
export const INFO_WORDS = 5

/**
 * Asks both registries under every name. Public getters do not revert, so that one pair tells for all. Answers with the
 * fields whose address has no code where there are any.
 */
export async function identify ({ reader, selectors, registries, pair }: {
  reader: ContractReader, selectors: Selectors, registries: Record<Field, string>, pair: GeneratorMarket
}): Promise<{ shape: Shape, withoutCode: Field[] }> {
  const probe = (field: Field) => (name: FunctionName): ContractRead => {
    const { inputs, answerBytes, mayBeLong } = FUNCTIONS[name]
    return { to: registries[field], data: encodeCall(selectors[name], [pair.generator, pair.market].slice(0, inputs)), answerBytes, mayBeLong }
  }
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

/** The address that a getter answers with; null where it answers with none, or with zero. */
export function readAddress (data: ReadOutcome | undefined): string | null {
  const [word = 0n] = decodeWords(data ?? '0x')
  return word === 0n ? null : toAddress(word)
}
