import { compileSource } from './compile.js'
import { connectNode } from './node.js'

/** Every chain with Multicall3 has it at this address. */
export const MULTICALL3 = '0xcA11bde05977b3631167028862bE2a173976CA11'

/** Puts a Multicall3 of our own, with aggregate3 alone, on the anvil node at `url`. */
export async function installMulticall3 (url: string): Promise<void> {
  const { Multicall3 } = await compileSource('generations/Multicall3.sol')
  if (Multicall3 === undefined) throw new Error('solc did not answer with Multicall3')
  await connectNode(url).rpc('anvil_setCode', MULTICALL3, Multicall3.deployedBytecode)
}
