import type { FunctionFragment } from 'ethers/abi'
import type { JsonRpcClient, RpcOutcome } from './json-rpc.js'
import { RpcUnavailable } from './rpc-unavailable.js'

/** What is read of the Kalypso contracts: both generations of market ids, and the newest naming. Only the first value counts. */
const FUNCTIONS = {
  generatorInfo: 'function generatorInfoPerMarket(address,uint256) view returns (uint8,uint256,uint256,uint256,uint256)',
  generatorInfoByHash: 'function generatorInfoPerMarket(address,bytes32) view returns (uint8,uint256,uint256,uint256,uint256)',
  proverInfo: 'function proverInfoPerMarket(address,uint256) view returns (uint8,uint256,uint256,uint256,uint256,uint256)',
  publicKey: 'function pub_key(address,uint256) view returns (bytes)',
  publicKeyByAddress: 'function pub_key(address) view returns (bytes)',
}

type FunctionName = keyof typeof FUNCTIONS
type FunctionAbi = Pick<FunctionFragment, 'selector' | 'inputs' | 'outputs'>

export interface GeneratorMarket {
  generator: string
  /** Decimal, or 0x and 64 hex digits for the first generation of the contracts. */
  market: string
}

export interface KalypsoContracts {
  /** State of each generator in each market, 0 for none; null where the contract answers to no known name. */
  readStates (registry: string, pairs: GeneratorMarket[]): Promise<Array<number | null>>
  /** ECIES keys on record, 0x hex, `0x` for none; null where the contract does not answer. */
  readKeys (registry: string, pairs: GeneratorMarket[]): Promise<Array<string | null>>
}

/** Reads many entries of the generator and entity registries at once; throws RpcUnavailable or RpcUrlForbidden. */
export async function createKalypsoContracts ({ client }: { client: JsonRpcClient }): Promise<KalypsoContracts> {
  // Loaded on first use: the service's cold start does not pay for it.
  const { AbiCoder, FunctionFragment: Fragment } = await import('ethers/abi')
  const coder = AbiCoder.defaultAbiCoder()
  const functions = new Map(Object.entries(FUNCTIONS).map(([name, text]) => {
    const { selector, inputs, outputs } = Fragment.from(text)
    return [name, { selector, inputs, outputs }]
  }))

  async function readStates (registry: string, pairs: GeneratorMarket[]): Promise<Array<number | null>> {
    const states = await read(registry, pairs, ({ market }) => isHash(market) ? 'generatorInfoByHash' : 'generatorInfo')
    const unanswered = [...states.keys()].filter(index => states[index] === null)
    const retried = await read(registry, unanswered.map(index => pairs[index] as GeneratorMarket), () => 'proverInfo')
    for (const [position, index] of unanswered.entries()) states[index] = retried[position]
    return states.map(state => state === null ? null : Number(state))
  }

  async function readKeys (registry: string, pairs: GeneratorMarket[]): Promise<Array<string | null>> {
    const keys = await read(registry, pairs, ({ market }) => isHash(market) ? 'publicKeyByAddress' : 'publicKey')
    return keys.map(key => key === null ? null : String(key))
  }

  /** The first value that the function returns for each pair; null after a revert, or data of another form. */
  async function read (contract: string, pairs: GeneratorMarket[], nameFor: (pair: GeneratorMarket) => FunctionName): Promise<unknown[]> {
    const outcomes = await client.send({
      count: pairs.length,
      callAt: index => {
        const pair = pairs[index] as GeneratorMarket
        return ethCall(contract, encode(nameFor(pair), pair))
      },
    })
    return outcomes.map((outcome, index) => decode(nameFor(pairs[index] as GeneratorMarket), outcome))
  }

  function encode (name: FunctionName, { generator, market }: GeneratorMarket): string {
    const { selector, inputs } = abiOf(name)
    // In lower case: a wrong EIP-55 checksum is no error here.
    const values = [generator.toLowerCase(), market].slice(0, inputs.length)
    return `${selector}${coder.encode(inputs, values).slice(2)}`
  }

  function decode (name: FunctionName, outcome: RpcOutcome): unknown {
    const data = returnedData(outcome)
    if (data === null) return null
    try {
      return coder.decode(abiOf(name).outputs, data)[0]
    } catch {
      return null
    }
  }

  function abiOf (name: FunctionName): FunctionAbi {
    return functions.get(name) as FunctionAbi
  }

  return { readStates, readKeys }
}

function isHash (market: string): boolean {
  return market.startsWith('0x')
}

function ethCall (to: string, data: string) {
  return { method: 'eth_call', params: [{ to: to.toLowerCase(), data }, 'latest'] }
}

/** The data of an eth_call, null after a revert. Any other error, such as a rate limit, says nothing about the contract. */
function returnedData (outcome: RpcOutcome): string | null {
  if ('error' in outcome) {
    if (isRevert(outcome.error)) return null
    throw new RpcUnavailable(`refused eth_call with error code ${outcome.error.code}`)
  }
  if (typeof outcome.result !== 'string' || !/^0x([0-9a-fA-F]{2})*$/.test(outcome.result)) {
    throw new RpcUnavailable('answered eth_call with something that is not data')
  }
  return outcome.result
}

/** 3 is what geth, reth and anvil say, -32015 Nethermind and OpenEthereum; others use -32000 and say it in words. */
function isRevert ({ code, message }: { code: number, message: string }): boolean {
  return code === 3 || code === -32015 || /revert|invalid opcode|vm execution error/i.test(message)
}
