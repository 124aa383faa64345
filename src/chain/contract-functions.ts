/** Getters of the Kalypso contracts in all generations. The answer's size is in hex digits within Multicall3's answer. */
export const FUNCTIONS = {
  generatorInfo: { signature: 'generatorInfoPerMarket(address,uint256)', inputs: 2, answerBytes: 700 },
  generatorInfoByHash: { signature: 'generatorInfoPerMarket(address,bytes32)', inputs: 2, answerBytes: 700 },
  proverInfo: { signature: 'proverInfoPerMarket(address,uint256)', inputs: 2, answerBytes: 700 },
  publicKey: { signature: 'pub_key(address,uint256)', inputs: 2, answerBytes: 600 },
  publicKeyByAddress: { signature: 'pub_key(address)', inputs: 1, answerBytes: 600 },
  proofMarketplace: { signature: 'proofMarketplace()', inputs: 0, answerBytes: 400 },
  proofMarketPlace: { signature: 'proofMarketPlace()', inputs: 0, answerBytes: 400 },
  generatorRegistry: { signature: 'generatorRegistry(address)', inputs: 1, answerBytes: 2000 },
  proverRegistry: { signature: 'proverRegistry(address)', inputs: 1, answerBytes: 2000 },
  marketData: { signature: 'marketData(uint256)', inputs: 1, answerBytes: 4000 },
  verifier: { signature: 'verifier(bytes32)', inputs: 1, answerBytes: 400 },
  slashingPenalty: { signature: 'slashingPenalty(bytes32)', inputs: 1, answerBytes: 400 },
} as const

export type FunctionName = keyof typeof FUNCTIONS
export type Selectors = Record<FunctionName, string>

export async function loadSelectors (): Promise<Selectors> {
  // Loaded on first use: the service's cold start does not pay for it.
  const { id } = await import('ethers/hash')
  return Object.fromEntries(Object.entries(FUNCTIONS).map(([name, { signature }]) => [name, id(signature).slice(0, 10)])) as Selectors
}
