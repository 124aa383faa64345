import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { projectFolder } from '../project.js'

export const CONTRACTS = ['GeneratorRegistry', 'ProverRegistry', 'EntityKeyRegistry'] as const
export type ContractName = typeof CONTRACTS[number]

export interface CompiledContract {
  /** JSON ABI, as ethers' ContractFactory and Contract take it. */
  abi: ReadonlyArray<Record<string, unknown>>
  /** Creation code, 0x hex. */
  bytecode: string
  /** Code on chain, 0x hex, with zeros for immutables. */
  deployedBytecode: string
}

interface SolcContract {
  abi: CompiledContract['abi']
  evm: { bytecode: { object: string }, deployedBytecode: { object: string } }
}

interface SolcOutput {
  errors?: Array<{ formattedMessage: string }>
  contracts: Record<string, Record<string, SolcContract>>
}

const SETTINGS = { outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } } }
const IMPORT = /^import .*"(.+)";$/gm

/** Compiles the rehearsal contracts with solc. Throws on every remark of the compiler, warnings included. */
export async function compileContracts (): Promise<Record<ContractName, CompiledContract>> {
  const compiled = await Promise.all(CONTRACTS.map(async name => {
    const contract = (await compileSource(`${name}.sol`))[name]
    if (contract === undefined) throw new Error(`solc did not answer with ${name}`)
    return [name, contract] as const
  }))
  return Object.fromEntries(compiled) as Record<ContractName, CompiledContract>
}

/**
 * Compiles one file of test/contracts with its imports. Returns its contracts by name. Throws on every remark of the
 * compiler, warnings included. It keeps the answer in node_modules/.cache, because solc takes seconds.
 */
export async function compileSource (path: string): Promise<Record<string, CompiledContract>> {
  const sources: Record<string, { content: string }> = {}
  await collect(path, sources)
  const input = JSON.stringify({ language: 'Solidity', sources, settings: SETTINGS })
  const digest = createHash('sha256').update(input).update(solcVersion()).digest('hex')
  const kept = join(projectFolder(), 'node_modules/.cache/rehearsal-contracts', `${digest}.json`)
  const output = await read(kept) ?? await compile(input, kept)
  const contracts = Object.entries(output.contracts[path] ?? {})
  return Object.fromEntries(contracts.map(([name, { abi, evm }]) => [name, {
    abi, bytecode: `0x${evm.bytecode.object}`, deployedBytecode: `0x${evm.deployedBytecode.object}`,
  }]))
}

async function collect (path: string, sources: Record<string, { content: string }>): Promise<void> {
  if (path in sources) return
  const content = await readFile(join(projectFolder(), 'test/contracts', path), 'utf8')
  sources[path] = { content }
  for (const [, imported = ''] of content.matchAll(IMPORT)) await collect(join(dirname(path), imported), sources)
}

async function read (kept: string): Promise<SolcOutput | undefined> {
  try {
    return JSON.parse(await readFile(kept, 'utf8')) as SolcOutput
  } catch {
    // The contracts are not compiled yet, or not readable. solc decides.
  }
}

async function compile (input: string, kept: string): Promise<SolcOutput> {
  // solc is a CommonJS package without types, and 9 MB large, so it is loaded here.
  const { compile } = createRequire(import.meta.url)('solc') as { compile: (input: string) => string }
  const output = JSON.parse(compile(input)) as SolcOutput
  const [firstRemark] = output.errors ?? []
  if (firstRemark !== undefined) throw new Error(firstRemark.formattedMessage)
  await mkdir(dirname(kept), { recursive: true })
  // Test files run at the same time. None may read half an answer.
  const partial = `${kept}.${randomUUID()}`
  await writeFile(partial, JSON.stringify(output))
  await rename(partial, kept)
  return output
}

function solcVersion (): string {
  return (createRequire(import.meta.url)('solc/package.json') as { version: string }).version
}
