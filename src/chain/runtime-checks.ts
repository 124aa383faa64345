import type { StoredRuntimeConfig } from '../../schemas/configuration.js'
import { failed, passed, type PreflightCheck } from './findings.js'
import type { JsonRpcClient, RpcCall, RpcOutcome } from './json-rpc.js'
import { RpcUnavailable } from './rpc-unavailable.js'

/** 0.05 ETH in wei. */
const MINIMUM_BALANCE = 50_000_000_000_000_000n

/** Chain id, and on the right chain the balance of the runtime key too, in one exchange. Throws RpcUnavailable or RpcUrlForbidden. */
export async function checkChainAndBalance ({ client, host, runtime, account }: {
  client: JsonRpcClient, host: string, runtime: StoredRuntimeConfig, account: string
}): Promise<PreflightCheck[]> {
  const calls: [RpcCall, RpcCall] = [
    { method: 'eth_chainId', params: [] },
    { method: 'eth_getBalance', params: [account, 'latest'] },
  ]
  const outcomes = await client.send({ count: calls.length, callAt: index => calls[index] as RpcCall })
  const [chainId, balance] = outcomes.map(readQuantity) as [bigint, bigint]

  if (chainId !== BigInt(runtime.chain_id)) return [wrongChain({ host, chainId, expected: runtime.chain_id })]
  return [
    passed('chain_id', `The RPC endpoint serves chain ${chainId}`),
    balance < MINIMUM_BALANCE ? tooPoor({ account, balance }) : passed('balance', `Runtime account ${account} has ${balance} wei`),
  ]
}

function wrongChain ({ host, chainId, expected }: { host: string, chainId: bigint, expected: number }): PreflightCheck {
  return failed('chain_id', {
    code: 'CHAIN_MISMATCH',
    message: `RPC endpoint ${host} serves chain ${chainId}, but chain_id is ${expected}`,
    remedy: 'Set chain_id, or http_url and ws_url, so that they are of the same chain.',
  })
}

function tooPoor ({ account, balance }: { account: string, balance: bigint }): PreflightCheck {
  return failed('balance', {
    code: 'INSUFFICIENT_BALANCE',
    message: "Runtime private_key doesn't have enough balance, minimum balance required is 0.05ETH",
    remedy: `Send ETH to ${account}, the account of private_key: it has ${balance} wei and needs ${MINIMUM_BALANCE}.`,
  })
}

/** A quantity as JSON-RPC writes it: 0x and hex digits. */
function readQuantity (outcome: RpcOutcome): bigint {
  if ('error' in outcome) throw new RpcUnavailable(`refused a basic call with error code ${outcome.error.code}`)
  if (typeof outcome.result !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(outcome.result)) {
    throw new RpcUnavailable('answered a basic call with something that is not a number')
  }
  return BigInt(outcome.result)
}
