import { Interface } from 'ethers/abi'
import { compileContracts, type ContractName } from './compile.js'

export interface ContractCall {
  contract: ContractName
  function: string
  values: unknown[]
}

/** The rehearsal contracts on an anvil node, which signs for its own accounts. */
export interface RehearsalChain {
  addresses: Record<ContractName, string>
  /** Sends transactions one after the other from the node's first account, or from `from`. Throws if one reverts. */
  transact (calls: ContractCall[], from?: string): Promise<void>
  /** Reads one function of a contract. */
  read (call: ContractCall): Promise<unknown[]>
  /** Makes one JSON-RPC call of the node. Throws with its error message. */
  rpc (method: string, ...params: unknown[]): Promise<unknown>
}

interface Receipt {
  status: string
  contractAddress: string
}

/** Compiles the contracts and deploys them on the node at `url`. */
export async function deployContracts (url: string): Promise<RehearsalChain> {
  const compiled = await compileContracts()
  const [account] = await rpc('eth_accounts') as [string]

  async function deploy (name: ContractName): Promise<string> {
    const { contractAddress } = await send({ from: account, data: compiled[name].bytecode })
    return contractAddress
  }

  async function transact (calls: ContractCall[], from = account): Promise<void> {
    for (const call of calls) await send({ from, ...encode(call) })
  }

  async function read (call: ContractCall): Promise<unknown[]> {
    const data = await rpc('eth_call', encode(call), 'latest') as string
    return [...new Interface(compiled[call.contract].abi).decodeFunctionResult(call.function, data)]
  }

  function encode ({ contract, function: name, values }: ContractCall): { to: string, data: string } {
    return { to: addresses[contract], data: new Interface(compiled[contract].abi).encodeFunctionData(name, values) }
  }

  /** Anvil's own method: it answers once the transaction is in a block. */
  async function send (transaction: { from: string, to?: string, data: string }): Promise<Receipt> {
    const receipt = await rpc('eth_sendTransactionSync', transaction) as Receipt
    if (receipt.status !== '0x1') throw new Error('transaction reverted')
    return receipt
  }

  async function rpc (method: string, ...params: unknown[]): Promise<unknown> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    const { result, error } = await response.json() as { result?: unknown, error?: { message: string } }
    if (error !== undefined) throw new Error(error.message)
    return result
  }

  const addresses = {
    GeneratorRegistry: await deploy('GeneratorRegistry'),
    ProverRegistry: await deploy('ProverRegistry'),
    EntityKeyRegistry: await deploy('EntityKeyRegistry'),
  }
  return { addresses, transact, read, rpc }
}
