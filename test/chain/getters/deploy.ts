import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Interface } from 'ethers/abi'
import type { Configuration } from '../../../schemas/configuration.js'
import { projectFolder } from '../../project.js'
import { configuration, runtimeConfig } from '../configuration.js'

/** Each generation's registry and the contract of its keys; `signature` is what its remedies name. */
export const GENERATIONS = [
  { id: 'Nov2023', keys: 'KeysByAddress', signature: /no signature: the admin/, hasStake: true },
  { id: 'Jan2024', keys: 'KeysByAddress', signature: /\(signAddress, then updateEncryptionKey/, hasStake: true },
  { id: 'Feb2024', keys: 'KeysByMarket', signature: /\(signAddress, then updateEncryptionKey/, hasStake: true },
  { id: 'Oct2024', keys: 'KeysByMarket', signature: /\(signAttestation, then updateEncryptionKey/, hasStake: true },
  { id: 'Dec2024', keys: 'KeysByMarket', signature: /\(signAttestation, then updateEncryptionKey/, hasStake: false },
  { id: 'Feb2025', keys: 'KeysByMarket', signature: /\(signAttestation, then updateEncryptionKey/, hasStake: false },
] as const

const MULTICALL3 = '0xcA11bde05977b3631167028862bE2a173976CA11'

interface Compiled {
  abi: ConstructorParameters<typeof Interface>[0]
  evm: { bytecode: { object: string }, deployedBytecode: { object: string } }
}

/** The contracts of Getters.sol, compiled once. */
export async function compileGetters (): Promise<Record<string, Compiled>> {
  const content = await readFile(join(projectFolder(), 'test/chain/getters/Getters.sol'), 'utf8')
  // solc is a CommonJS package without types, and 9 MB large, so it is loaded here.
  const { compile } = createRequire(import.meta.url)('solc') as { compile: (input: string) => string }
  const output = JSON.parse(compile(JSON.stringify({
    language: 'Solidity',
    sources: { 'Getters.sol': { content } },
    settings: { outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } } },
  }))) as { errors?: Array<{ formattedMessage: string }>, contracts: Record<string, Record<string, Compiled>> }
  if (output.errors !== undefined) throw new Error(output.errors[0]?.formattedMessage)
  return output.contracts['Getters.sol'] as Record<string, Compiled>
}

export async function rpc (url: string, method: string, ...params: unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0', id: 1, method, params
    }),
  })
  const { result, error } = await response.json() as { result?: unknown, error?: { message: string } }
  if (error !== undefined) throw new Error(error.message)
  return result
}

export async function installMulticall3 (url: string, compiled: Record<string, Compiled>): Promise<void> {
  await rpc(url, 'anvil_setCode', MULTICALL3, `0x${compiled.Multicall3?.evm.deployedBytecode.object}`)
}

export async function removeMulticall3 (url: string): Promise<void> {
  await rpc(url, 'anvil_setCode', MULTICALL3, '0x')
}

/** One generation's contracts on the node at `url`. */
export async function deployGetters (url: string, compiled: Record<string, Compiled>, {
  id, keys
}: { id: string, keys: string }) {
  const [account] = await rpc(url, 'eth_accounts') as [string]

  async function deploy (name: string): Promise<string> {
    const receipt = await rpc(url, 'eth_sendTransactionSync', {
      from: account, data: `0x${compiled[name]?.evm.bytecode.object}`
    })
    return (receipt as { contractAddress: string }).contractAddress
  }

  function setter (name: string, address: string, method: string) {
    const abi = new Interface(compiled[name]?.abi ?? [])
    return async (...values: unknown[]): Promise<void> => {
      const { status } = await rpc(url, 'eth_sendTransactionSync', {
        from: account, to: address, data: abi.encodeFunctionData(method, values)
      }) as { status: string }
      if (status !== '0x1') throw new Error(`${method} reverted`)
    }
  }

  const [registry, keyRegistry] = [await deploy(id), await deploy(keys)]
  return {
    registry,
    keyRegistry,
    /** generator, market, state, active requests */
    setInfo: setter(id, registry, 'setInfo'),
    /** market, image id, slashing penalty */
    setMarket: setter(id, registry, 'setMarket'),
    /** generator, stake, locked, wanted compute, consumed compute, declared compute, intended utilization */
    setAccount: setter(id, registry, 'setAccount'),
    /** generator, market, key */
    setKey: setter(keys, keyRegistry, 'setKey'),
    configured: (markets: Record<string, string[]>, changes = {}): Configuration =>
      configuration(
        runtimeConfig(url, {
          generator_registry: registry, entity_registry: keyRegistry, proof_market_place: registry, ...changes
        }),
        markets
      ),
  }
}
