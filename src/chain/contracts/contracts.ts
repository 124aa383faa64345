import { decodeBytes, decodeWords } from './abi.js'
import { type FunctionName, loadSelectors, toRead } from './contract-functions.js'
import { type ContractRead, createContractReader, type MulticallMemory, type ReadOutcome } from './contract-reads.js'
import { type Generation, GENERATIONS } from './generations.js'
import type { JsonRpcClient } from '../rpc/json-rpc.js'
import { type Account, type GeneratorMarket, readAccount, type Market, readMarket, readMarketByHash, isOfFebruary2024 } from './market-data.js'
import { identify, INFO_WORDS, readAddress, type RegistryField, type Shape } from './shape.js'

export interface Registration extends GeneratorMarket {
  /** 0: not registered. Null: the contract answers to no known name. */
  state: number | null
  activeRequests: bigint
  /** The ECIES key on record as 0x hex, `0x` for none. Null: the contract does not answer. */
  key: string | null
}

export interface ContractState {
  generation: Generation
  /** The proof marketplace that generator_registry names, or null. */
  marketplace: string | null
  registrations: Registration[]
  /** Maps market ids. Null: nothing is known about the market. */
  markets: Map<string, Market | null>
  /** Maps addresses. Null: the contract does not tell. */
  accounts: Map<string, Account | null>
}

/** Remembers which functions the contracts of one endpoint answer to. */
export interface ContractMemory extends MulticallMemory {
  shape: Shape | null
}

/**
 * Reads the registries and the proof marketplace for all pairs at once. The number of round trips does not grow with
 * the pairs. Returns the fields whose address has no code, if any. Throws RpcUnavailable or RpcUrlForbidden.
 */
export async function readContracts ({ client, memory, registries, pairs }: {
  client: JsonRpcClient, memory: ContractMemory, registries: Record<RegistryField, string>, pairs: [GeneratorMarket, ...GeneratorMarket[]]
}): Promise<{ withoutCode: RegistryField[], state: ContractState | null }> {
  const reader = createContractReader({ client, memory })
  const selectors = await loadSelectors()
  const markets = [...new Set(pairs.map(({ market }) => market))]
  const generators = [...new Set(pairs.map(({ generator }) => generator))]

  if (memory.shape !== null) {
    const state = await readAll(memory.shape)
    // The contracts may have been upgraded since.
    const isSame = state.marketplace === (memory.shape.marketplace?.address ?? null)
    if (isSame && state.registrations.every(({ state, key }) => state !== null && key !== null)) return { withoutCode: [], state }
    memory.shape = null
  }
  const { shape, withoutCode } = await identify({ reader, selectors, registries, pair: pairs[0] })
  if (withoutCode.length > 0) return { withoutCode, state: null }
  if (shape.info !== null && shape.key !== null) memory.shape = shape
  return { withoutCode, state: await readAll(shape) }

  async function readAll ({ info, key, marketplace }: Shape): Promise<ContractState> {
    const isByHash = info === 'generatorInfoByHash'
    const accountName = info === 'proverInfo' ? 'proverRegistry' : 'generatorRegistry'
    const marketNames: FunctionName[] = isByHash ? ['verifier', 'slashingPenalty'] : ['marketData']
    const groups = [
      info === null ? [] : pairs.map(({ generator, market }) => read(registries.generator_registry, info, generator, market)),
      key === null ? [] : pairs.map(({ generator, market }) => read(registries.entity_registry, key, generator, market)),
      marketplace === null ? [] : marketNames.flatMap(name => markets.map(market => read(marketplace.address, name, market))),
      info === null ? [] : generators.map(generator => read(registries.generator_registry, accountName, generator)),
      marketplace === null ? [] : [read(registries.generator_registry, marketplace.getter)],
    ] as const
    const outcomes = (await reader.read(groups.flat(), { sure: true })).values()
    const [infos, keys, marketData, accounts, [named]] = groups.map(group => group.map(() => outcomes.next().value as ReadOutcome)) as
      [ReadOutcome[], ReadOutcome[], ReadOutcome[], ReadOutcome[], [ReadOutcome?]]
    const words = infos.map(data => decodeWords(data ?? '0x'))
    const wordCount = words.find(({ length }) => length >= INFO_WORDS)?.length ?? 0
    return {
      generation: toGeneration({ info, key, wordCount, marketData }),
      marketplace: readAddress(named),
      registrations: pairs.map((pair, index) => ({ ...pair, ...readInfo(words[index] ?? []), key: decodeBytes(keys[index] ?? '0x') })),
      markets: new Map(markets.map((market, index) => [
        market,
        isByHash ? readMarketByHash(marketData[index], marketData[markets.length + index]) : readMarket(marketData[index], { hasPenalty: wordCount <= INFO_WORDS }),
      ])),
      accounts: new Map(generators.map((generator, index) => [generator, readAccount(accounts[index] ?? null, { isProver: info === 'proverInfo', isByHash })])),
    }
  }

  function read (to: string, name: FunctionName, ...values: string[]): ContractRead {
    return toRead({ selectors, to, name, values })
  }
}

/** The state is always the first word, and the active requests are the last. */
function readInfo (words: bigint[]): Pick<Registration, 'state' | 'activeRequests'> {
  const state = words[0]
  if (words.length < INFO_WORDS || state === undefined || state > 255n) return { state: null, activeRequests: 0n }
  return { state: Number(state), activeRequests: words.at(-1) as bigint }
}

function toGeneration ({ info, key, wordCount, marketData }: Pick<Shape, 'info' | 'key'> & { wordCount: number, marketData: ReadOutcome[] }): Generation {
  if (info === 'generatorInfoByHash') return GENERATIONS.nov2023
  if (info === 'proverInfo') return wordCount > INFO_WORDS ? GENERATIONS.feb2025 : GENERATIONS.dec2024
  if (key === 'publicKeyByAddress') return GENERATIONS.jan2024
  return marketData.some(isOfFebruary2024) ? GENERATIONS.feb2024 : GENERATIONS.oct2024
}
