import { Interface } from 'ethers/abi'

/** An Ethereum node that signs for its own accounts, and for each account that a transaction is sent from. */
export interface Node {
  /** Makes one JSON-RPC call. Throws with the node's error message. */
  rpc (method: string, ...params: unknown[]): Promise<unknown>
  /**
   * Sends a transaction and waits for its block. Throws `reverted: <name or text>` if it reverts, with the names that
   * `errors` knows. Throws `reverted` alone if there is no reason.
   */
  send (transaction: Transaction, errors?: Interface): Promise<Receipt>
}

export interface Transaction {
  from: string
  to?: string
  data: string
}

export interface Receipt {
  status: string
  contractAddress: string
}

interface RpcError {
  message: string
  data?: string
}

/** The anvil node at `url`. Accounts are impersonated and funded as transactions are sent from them. */
export function connectNode (url: string): Node {
  const funded = new Map<string, Promise<void>>()

  async function rpc (method: string, ...params: unknown[]): Promise<unknown> {
    const { result, error } = await exchange(method, params)
    if (error !== undefined) throw new Error(error.message)
    return result
  }

  async function send (transaction: Transaction, errors = new Interface([])): Promise<Receipt> {
    await fund(transaction.from)
    // A receipt only says that a transaction reverted. This call first tells the reason.
    const { error } = await exchange('eth_call', [transaction, 'latest'])
    if (error?.data !== undefined) throw new Error(reasonOf(error.data, errors))
    // Anvil's own method: it answers once the transaction is in a block.
    const receipt = await rpc('eth_sendTransactionSync', transaction) as Receipt
    if (receipt.status !== '0x1') throw new Error('reverted')
    return receipt
  }

  function fund (account: string): Promise<void> {
    const known = funded.get(account) ?? (async () => {
      await rpc('anvil_impersonateAccount', account)
      await rpc('anvil_setBalance', account, `0x${(10n ** 20n).toString(16)}`)
    })()
    funded.set(account, known)
    return known
  }

  async function exchange (method: string, params: unknown[]): Promise<{ result?: unknown, error?: RpcError }> {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
    return await response.json() as { result?: unknown, error?: RpcError }
  }

  return { rpc, send }
}

function reasonOf (data: string, errors: Interface): string {
  const error = data === '0x' ? null : errors.parseError(data)
  if (error === null) return data === '0x' ? 'reverted' : `reverted: ${data}`
  // Error(string) is what `require` with a text gives.
  return `reverted: ${error.name === 'Error' ? String(error.args[0]) : error.name}`
}
