import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { projectFolder } from '../project.js'

export const CONTRACTS = ['GeneratorRegistry', 'ProverRegistry', 'EntityKeyRegistry'] as const
export type ContractName = typeof CONTRACTS[number]

export interface CompiledContract {
  /** JSON ABI, as ethers' ContractFactory and Contract take it. */
  abi: ReadonlyArray<Record<string, unknown>>
  /** Creation code, 0x hex. */
  bytecode: string
}

interface SolcOutput {
  errors?: Array<{ formattedMessage: string }>
  contracts: Record<string, Record<string, { abi: CompiledContract['abi'], evm: { bytecode: { object: string } } }>>
}

/** Compiles the rehearsal contracts with solc; throws on the compiler's first remark, be it a warning. Takes about a second. */
export async function compileContracts (): Promise<Record<ContractName, CompiledContract>> {
  const sources = await Promise.all(CONTRACTS.map(async name => {
    const content = await readFile(join(projectFolder(), 'test/contracts', `${name}.sol`), 'utf8')
    return [`${name}.sol`, { content }] as const
  }))
  const output = runSolc({
    language: 'Solidity',
    sources: Object.fromEntries(sources),
    settings: { outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } } },
  })
  const [firstRemark] = output.errors ?? []
  if (firstRemark !== undefined) throw new Error(firstRemark.formattedMessage)
  return Object.fromEntries(CONTRACTS.map(name => [name, readContract(output, name)])) as Record<ContractName, CompiledContract>
}

function runSolc (input: unknown): SolcOutput {
  // Required here: solc is a CommonJS package without types, and 9 MB to load.
  const { compile } = createRequire(import.meta.url)('solc') as { compile: (input: string) => string }
  return JSON.parse(compile(JSON.stringify(input))) as SolcOutput
}

function readContract (output: SolcOutput, name: ContractName): CompiledContract {
  const contract = output.contracts[`${name}.sol`]?.[name]
  if (contract === undefined) throw new Error(`solc did not answer with ${name}`)
  return { abi: contract.abi, bytecode: `0x${contract.evm.bytecode.object}` }
}
