import type { StoredRuntimeConfig } from '../../../schemas/configuration.js'
import { failed, passed, type PreflightCheck } from './findings.js'
import type { JsonRpcClient, RpcCall, RpcOutcome } from '../rpc/json-rpc.js'
import { RpcUnavailable } from '../rpc/rpc-unavailable.js'

/** 0.05 ETH in wei. */
const MINIMUM_BALANCE = 50_000_000_000_000_000n

export interface Account {
  balanceWei: bigint
  /** Null when the endpoint does not tell. */
  blockNumber: bigint | null
}

/**
 * Checks the chain id, and on the right chain the balance of the runtime key, in one exchange. The block number is
 * only for `onAccount`, and its absence fails nothing. Throws RpcUnavailable or RpcUrlForbidden.
 */
export async function checkChainAndBalance ({ client, host, runtime, account, onAccount }: {
  client: JsonRpcClient, host: string, runtime: StoredRuntimeConfig, account: string, onAccount: (account: Account) => void
}): Promise<PreflightCheck[]> {
  const calls: [RpcCall, RpcCall, RpcCall] = [
    { method: 'eth_chainId', params: [] },
    { method: 'eth_getBalance', params: [account, 'latest'] },
    { method: 'eth_blockNumber', params: [], optional: true },
  ]
  const outcomes = await client.send({ count: calls.length, callAt: index => calls[index] as RpcCall })
  const [chainId, balance] = outcomes.slice(0, 2).map(readQuantity) as [bigint, bigint]

  if (chainId !== BigInt(runtime.chain_id)) {
    return [failed('chain_id', {
      code: 'CHAIN_MISMATCH',
      message: `RPC endpoint ${host} serves chain ${chainId}, but chain_id is ${runtime.chain_id}`,
      remedy: 'Set chain_id, or http_url and ws_url, so that they are of the same chain.',
    })]
  }
  const block = outcomes[2] as RpcOutcome
  const blockNumber = 'result' in block && isQuantity(block.result) ? BigInt(block.result) : null
  onAccount({ balanceWei: balance, blockNumber })
  return [
    passed('chain_id', `The RPC endpoint serves chain ${chainId}`),
    balance >= MINIMUM_BALANCE
      ? passed('balance', `Runtime account ${account} has ${balance} wei`)
      : failed('balance', {
        code: 'INSUFFICIENT_BALANCE',
        message: "Runtime private_key doesn't have enough balance, minimum balance required is 0.05ETH",
        remedy: `Send ETH to ${account}, the account of private_key: it has ${balance} wei and needs ${MINIMUM_BALANCE}.`,
      }),
  ]
}

/** Reads a JSON-RPC quantity: 0x and hex digits. */
function readQuantity (outcome: RpcOutcome): bigint {
  if ('error' in outcome) throw new RpcUnavailable(`refused a basic call with error code ${outcome.error.code}`)
  if (!isQuantity(outcome.result)) throw new RpcUnavailable('answered a basic call with something that is not a number')
  return BigInt(outcome.result)
}

function isQuantity (result: unknown): result is string {
  return typeof result === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(result)
}
