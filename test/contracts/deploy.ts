import { Interface } from 'ethers/abi'
import { compileContracts, type ContractName } from './compile.js'

export interface Transaction {
  contract: ContractName
  function: string
  values: unknown[]
}

/** The rehearsal contracts on a development node, which signs for its own accounts. */
export interface RehearsalChain {
  addresses: Record<ContractName, string>
  /** Sends transactions in order from the node's first account, or from `from`; throws where one reverts. */
  transact (transactions: Transaction[], from?: string): Promise<void>
  /** Reads one function of a contract. */
  read (call: Transaction): Promise<unknown[]>
  /** One JSON-RPC call of the node; throws with its error message. */
  rpc (method: string, ...params: unknown[]): Promise<unknown>
}

interface Answer {
  id: number
  result?: unknown
  error?: { message: string }
}

/** Compiles the contracts and deploys them on the node at `url`. */
export async function deployContracts (url: string): Promise<RehearsalChain> {
  const compiled = await compileContracts()
  const [account] = await rpc('eth_accounts') as [string]

  async function deploy (name: ContractName): Promise<string> {
    const hash = await rpc('eth_sendTransaction', { from: account, data: compiled[name].bytecode })
    const { contractAddress } = await rpc('eth_getTransactionReceipt', hash) as { contractAddress: string }
    return contractAddress
  }

  async function transact (transactions: Transaction[], from = account): Promise<void> {
    await batch(transactions.map(call => ({ method: 'eth_sendTransaction', params: [{ from, ...encode(call) }] })))
  }

  async function read (call: Transaction): Promise<unknown[]> {
    const data = await rpc('eth_call', encode(call), 'latest') as string
    return [...new Interface(compiled[call.contract].abi).decodeFunctionResult(call.function, data)]
  }

  function encode ({ contract, function: name, values }: Transaction): { to: string, data: string } {
    return { to: addresses[contract], data: new Interface(compiled[contract].abi).encodeFunctionData(name, values) }
  }

  async function rpc (method: string, ...params: unknown[]): Promise<unknown> {
    const [result] = await batch([{ method, params }])
    return result
  }

  async function batch (calls: Array<{ method: string, params: unknown[] }>): Promise<unknown[]> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(calls.map((call, id) => ({ jsonrpc: '2.0', id, ...call }))),
    })
    return (await response.json() as Answer[]).map(({ result, error }) => {
      if (error !== undefined) throw new Error(error.message)
      return result
    })
  }

  const addresses = {
    GeneratorRegistry: await deploy('GeneratorRegistry'),
    ProverRegistry: await deploy('ProverRegistry'),
    EntityKeyRegistry: await deploy('EntityKeyRegistry'),
  }
  return { addresses, transact, read, rpc }
}
