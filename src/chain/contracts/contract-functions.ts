import { encodeCall } from './abi.js'
import type { ContractRead } from './contract-reads.js'

/**
 * The getters of the Kalypso contracts in all generations. `answerBytes` counts hex digits within Multicall3's
 * answer. An answer may be long if an account or the creator of a market chose the length of its last field.
 */
export const FUNCTIONS = {
  generatorInfo: { signature: 'generatorInfoPerMarket(address,uint256)', inputs: 2, answerBytes: 700, mayBeLong: false },
  generatorInfoByHash: { signature: 'generatorInfoPerMarket(address,bytes32)', inputs: 2, answerBytes: 700, mayBeLong: false },
  proverInfo: { signature: 'proverInfoPerMarket(address,uint256)', inputs: 2, answerBytes: 700, mayBeLong: false },
  publicKey: { signature: 'pub_key(address,uint256)', inputs: 2, answerBytes: 600, mayBeLong: false },
  publicKeyByAddress: { signature: 'pub_key(address)', inputs: 1, answerBytes: 600, mayBeLong: false },
  proofMarketplace: { signature: 'proofMarketplace()', inputs: 0, answerBytes: 400, mayBeLong: false },
  proofMarketPlace: { signature: 'proofMarketPlace()', inputs: 0, answerBytes: 400, mayBeLong: false },
  generatorRegistry: { signature: 'generatorRegistry(address)', inputs: 1, answerBytes: 2000, mayBeLong: true },
  proverRegistry: { signature: 'proverRegistry(address)', inputs: 1, answerBytes: 2000, mayBeLong: true },
  marketData: { signature: 'marketData(uint256)', inputs: 1, answerBytes: 4000, mayBeLong: true },
  verifier: { signature: 'verifier(bytes32)', inputs: 1, answerBytes: 400, mayBeLong: false },
  slashingPenalty: { signature: 'slashingPenalty(bytes32)', inputs: 1, answerBytes: 400, mayBeLong: false },
} as const

export type FunctionName = keyof typeof FUNCTIONS
export type Selectors = Record<FunctionName, string>

export async function loadSelectors (): Promise<Selectors> {
  // Load on first use, so that the start does not pay for it.
  const { keccak256 } = await import('../../enclave/keccak.js')
  const selectorOf = (signature: string): string => `0x${keccak256(Buffer.from(signature)).toString('hex', 0, 4)}`
  return Object.fromEntries(Object.entries(FUNCTIONS).map(([name, { signature }]) => [name, selectorOf(signature)])) as Selectors
}

/** Reads a function of the contract at `to`. It takes as many of the values as it has inputs. */
export function toRead ({ selectors, to, name, values }: { selectors: Selectors, to: string, name: FunctionName, values: string[] }): ContractRead {
  const { inputs, answerBytes, mayBeLong } = FUNCTIONS[name]
  return { to, data: encodeCall(selectors[name], values.slice(0, inputs)), answerBytes, mayBeLong }
}
