import { Interface } from 'ethers/abi'
import { keccak256 } from 'ethers/crypto'
import { hexlify } from 'ethers/utils'
import {
  attest, encodePcrs, IVS_PCRS, PRIVATE_PCRS, PUBLIC_PCRS, publicKeyOf, signAddress, signAttestation, type Pcrs,
} from './attestation.js'
import { compileSource, type CompiledContract } from './compile.js'
import { GENERATIONS, type Generation, type GenerationId } from './generation-facts.js'
import { connectNode, type Node } from './node.js'
import { seeded } from '../seeded.js'

/** Markets differ within a process, and are the same in every run. */
const draw = seeded(1)
const drawHex = (length: number): string =>
  hexlify(Uint8Array.from({ length }, () => Math.floor(draw() * 256)))

export { GENERATIONS, type Generation, type GenerationId }

/** A configuration names these; the staking manager is null where stake is in the registry. */
export interface Addresses {
  generator_registry: string
  entity_registry: string
  proof_market_place: string
  attestation_verifier: string
  staking_token: string
  staking_manager: string | null
}

/**
 * An enclave's secret key (0x hex). The harness attests and signs with it. An enclave's own attestation and signatures
 * may take its place.
 */
export type Key = string | { attestation: string, signature: string }

export interface GeneratorMarket {
  /** Any address: it is impersonated and funded. */
  generator: string
  market: string
}

export interface Join extends GeneratorMarket {
  /** Default 10. */
  computePerRequest?: bigint
  /** Registered with the market, where the generation's joining takes a key; in the generation's own call after it, where not. */
  key?: Key
  /** Image of the enclave that has the secret key. Default: the image of private markets. */
  pcrs?: Pcrs
}

export interface MarketOptions {
  verifier?: string
  imageId?: 'private' | 'public'
  slashingPenalty?: bigint
  metadata?: string
}

export interface KeyUpdate extends GeneratorMarket {
  key: Key
  pcrs?: Pcrs
}

/** One generation's contracts on an anvil node, driven by its own calls. Each action throws `reverted: <name or text>`. */
export interface DeployedGeneration extends Node {
  id: GenerationId
  generation: Generation
  addresses: Addresses
  /** Answers with the market's id: decimal, or a 0x hash in November 2023. `verifier` is any address but zero, `metadata` 0x hex. */
  createMarket (options?: MarketOptions): Promise<string>
  /** Default: compute 100, stake 10,000, reward to the generator itself, one byte of data. */
  register (options: { generator: string, compute?: bigint, stake?: bigint, data?: string }): Promise<void>
  /** Stakes with the registry or the staking manager. */
  stake (options: { generator: string, amount: bigint }): Promise<void>
  join (options: Join): Promise<void>
  updateEncryptionKey (options: KeyUpdate): Promise<void>
  /** The marketplace's admin does it in November 2023. January 2024 has no call for it. */
  removeEncryptionKey (options: GeneratorMarket): Promise<void>
  requestExit (options: GeneratorMarket): Promise<void>
  leave (options: GeneratorMarket): Promise<void>
  /** Assigns one request, which locks the market's slashing penalty of the stake. */
  assign (options: GeneratorMarket): Promise<void>
  /** Assigns requests until the generator has no compute left. */
  useUpCompute (options: GeneratorMarket): Promise<void>
  /** One assigned request is proved. */
  complete (options: GeneratorMarket): Promise<void>
  /** Reads a getter by its signature, such as `generation.info`; throws `execution reverted` where it reverts. */
  read (contract: keyof Addresses, signature: string, values?: unknown[]): Promise<unknown[]>
  /** The same, with the answer's bytes as they are: 0x hex. */
  callRaw (contract: keyof Addresses, signature: string, values?: unknown[]): Promise<string>
}

const VERIFIER = `0x${'7e'.repeat(20)}`
/** A task locks this of a prover's stake, where the staking manager decides. */
const LOCKED_BY_TASK = 1000n

/** Compiles a generation's contracts and deploys them on the anvil node at `url`, from the node's first account. */
export async function deployGeneration (url: string, id: GenerationId): Promise<DeployedGeneration> {
  const generation = GENERATIONS[id]
  const node = connectNode(url)
  const contracts = {
    ...await compileSource(`generations/${generation.source}.sol`),
    ...await compileSource('generations/shared/StakingToken.sol'),
    ...await compileSource('generations/shared/AttestationVerifier.sol'),
  }
  const [admin = ''] = await node.rpc('eth_accounts') as string[]
  const errors = new Interface(uniqueErrors(Object.values(contracts)))
  const verifier = await deploy('AttestationVerifier')
  const token = await deploy('StakingToken')
  const keys = await deploy('EntityKeyRegistry', generation.publicKey === 'pub_key(address)' ? [verifier] : [])
  const manager = generation.stake === 'staking-manager'
    ? await deploy(
      'StakingManager', [token, LOCKED_BY_TASK]
    )
    : null
  const registry = await deploy(generation.registry, registryArguments())
  const marketplace = await deploy(generation.marketplace, [registry, keys])
  const addresses: Addresses = {
    generator_registry: registry,
    entity_registry: keys,
    proof_market_place: marketplace,
    attestation_verifier: verifier,
    staking_token: token,
    staking_manager: manager,
  }
  const names: Record<keyof Addresses, string> = {
    generator_registry: generation.registry,
    entity_registry: 'EntityKeyRegistry',
    proof_market_place: generation.marketplace,
    attestation_verifier: 'AttestationVerifier',
    staking_token: 'StakingToken',
    staking_manager: 'StakingManager',
  }
  await transact(admin, 'generator_registry', 'initialize', [marketplace])
  for (const caller of [registry, marketplace]) await transact(admin, 'entity_registry', 'trust', [caller])
  if (manager !== null) await transact(admin, 'staking_manager', 'trust', [registry])
  let markets = 0

  function registryArguments (): unknown[] {
    if (manager !== null) return [keys, manager]
    return id === 'nov-2023' ? [token] : [token, keys]
  }

  async function deploy (name: string, values: unknown[] = []): Promise<string> {
    const { abi, bytecode } = compiled(name)
    const creation = `${bytecode}${new Interface(abi).encodeDeploy(values).slice(2)}`
    return (await node.send({ from: admin, data: creation })).contractAddress
  }

  function compiled (name: string): CompiledContract {
    const contract = contracts[name]
    if (contract === undefined) throw new Error(`${generation.source}.sol has no contract ${name}`)
    return contract
  }

  async function transact (from: string, contract: keyof Addresses, name: string, values: unknown[]): Promise<void> {
    await node.send({ from, ...encode(contract, name, values) }, errors)
  }

  function encode (contract: keyof Addresses, name: string, values: unknown[]): { to: string, data: string } {
    const to = addresses[contract]
    if (to === null) throw new Error(`${id} has no ${contract}`)
    return { to, data: new Interface(compiled(names[contract]).abi).encodeFunctionData(name, values) }
  }

  async function callRaw (contract: keyof Addresses, signature: string, values: unknown[] = []): Promise<string> {
    return await node.rpc('eth_call', encode(contract, signature, values), 'latest') as string
  }

  async function read (contract: keyof Addresses, signature: string, values: unknown[] = []): Promise<unknown[]> {
    const data = await callRaw(contract, signature, values)
    return [...new Interface(compiled(names[contract]).abi).decodeFunctionResult(signature, data)]
  }

  async function createMarket ({
    verifier = VERIFIER, imageId = 'private', slashingPenalty = 1000n, metadata = drawHex(16),
  }: MarketOptions = {}): Promise<string> {
    const images = [encodePcrs(imageId === 'private' ? PRIVATE_PCRS : PUBLIC_PCRS), encodePcrs(IVS_PCRS)]
    if (id === 'nov-2023') {
      await transact(admin, 'proof_market_place', 'createMarketPlace', [metadata, verifier, slashingPenalty])
      return keccak256(metadata)
    }
    if (id === 'jan-2024') {
      const ivs = drawHex(32)
      const attestation = attest({ form: 'jan-2024', publicKey: publicKeyOf(ivs), pcrs: IVS_PCRS })
      await transact(admin, 'proof_market_place', 'createMarketPlace',
        [metadata, verifier, slashingPenalty, imageId === 'private', attestation, '0x', signAddress(ivs, admin)])
    } else if (generation.hasSlashingPenalty) {
      await transact(admin, 'proof_market_place', 'createMarketplace', [metadata, verifier, slashingPenalty, ...images])
    } else {
      await transact(admin, 'proof_market_place', 'createMarket', [metadata, verifier, ...images])
    }
    return String(markets++)
  }

  async function register ({ generator, compute = 100n, stake: amount = 10_000n, data = '0x01' }: {
    generator: string, compute?: bigint, stake?: bigint, data?: string
  }): Promise<void> {
    if (id === 'nov-2023' || manager !== null) {
      await transact(generator, 'generator_registry', 'register', [generator, compute, data])
      if (amount !== 0n) await stake({ generator, amount })
      return
    }
    await allow(generator, registry, amount)
    await transact(generator, 'generator_registry', 'register', [generator, compute, amount, data])
  }

  async function stake ({ generator, amount }: { generator: string, amount: bigint }): Promise<void> {
    await allow(generator, manager ?? registry, amount)
    if (manager !== null) await transact(generator, 'staking_manager', 'stake', [token, generator, amount])
    else await transact(generator, 'generator_registry', 'stake', [generator, amount])
  }

  async function allow (generator: string, spender: string, amount: bigint): Promise<void> {
    await transact(generator, 'staking_token', 'mint', [generator, amount])
    await transact(generator, 'staking_token', 'approve', [spender, amount])
  }

  async function join ({ generator, market, computePerRequest = 10n, key, pcrs }: Join): Promise<void> {
    const terms = [market, computePerRequest, 1n, 60n]
    if (!generation.joinTakesKey) {
      await transact(generator, 'generator_registry', 'joinMarketPlace', terms)
      if (key !== undefined) await updateEncryptionKey({ generator, market, key, ...(pcrs && { pcrs }) })
      return
    }
    const commission = id === 'feb-2025' ? [0n] : []
    // February 2024 wants an attestation of a private market's image without a key too: any enclave's.
    const { attestation, signature } = registration(
      { generator, key: key ?? drawHex(32), pcrs }, 'signAttestation'
    )
    await transact(generator, 'generator_registry', 'joinMarketplace',
      [...terms, ...commission, key !== undefined, attestation, signature])
  }

  async function updateEncryptionKey ({ generator, market, key, pcrs }: KeyUpdate): Promise<void> {
    if (generation.updateSignature === null) {
      if (typeof key !== 'string') throw new Error(`${id} takes no attestation: give the secret key`)
      await transact(admin, 'proof_market_place', 'updateEncryptionKey', [generator, publicKeyOf(key), '0x'])
      return
    }
    const { attestation, signature } = registration({ generator, key, pcrs }, generation.updateSignature)
    const ofMarket = generation.publicKey === 'pub_key(address)' ? [] : [market]
    await transact(generator, 'generator_registry', 'updateEncryptionKey', [...ofMarket, attestation, signature])
  }

  function registration ({
    generator, key, pcrs = PRIVATE_PCRS
  }: { generator: string, key: Key, pcrs?: Pcrs | undefined },
  by: 'signAddress' | 'signAttestation'): { attestation: string, signature: string } {
    if (typeof key !== 'string') return key
    const attestation = attest({ form: generation.attestation ?? 'oct-2024', publicKey: publicKeyOf(key), pcrs })
    return {
      attestation,
      signature: by === 'signAddress' ? signAddress(key, generator) : signAttestation(key, attestation, generator),
    }
  }

  async function removeEncryptionKey ({ generator, market }: GeneratorMarket): Promise<void> {
    if (id === 'nov-2023') await transact(admin, 'proof_market_place', 'removeEncryptionKey', [generator])
    else await transact(generator, 'generator_registry', 'removeEncryptionKey', [market])
  }

  const place = generation.marketplace === 'ProofMarketPlace' ? 'MarketPlace' : 'Marketplace'

  async function useUpCompute ({ generator, market }: GeneratorMarket): Promise<void> {
    while ((await read('generator_registry', generation.state, [generator, market]))[0] !== 2n) {
      await transact(admin, 'proof_market_place', 'assignTask', [market, generator])
    }
  }

  return {
    ...node,
    id,
    generation,
    addresses,
    read,
    callRaw,
    createMarket,
    register,
    stake,
    join,
    updateEncryptionKey,
    removeEncryptionKey,
    useUpCompute,
    requestExit: ({ generator, market }) => transact(
      generator, 'generator_registry', `requestForExit${place}`, [market]
    ),
    leave: ({ generator, market }) => transact(generator, 'generator_registry', `leave${place}`, [market]),
    assign: ({ generator, market }) => transact(admin, 'proof_market_place', 'assignTask', [market, generator]),
    complete: ({ generator, market }) => transact(admin, 'proof_market_place', 'completeTask', [market, generator]),
  }
}

/** The errors that any of the contracts declares: a call of one may fail in another. */
function uniqueErrors (contracts: CompiledContract[]): Array<Record<string, unknown>> {
  const errors = contracts.flatMap(({ abi }) => abi.filter(({ type }) => type === 'error'))
  return [...new Map(errors.map(error => [String(error.name), error])).values()]
}
