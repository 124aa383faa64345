import { createECDH } from 'node:crypto'
import type { Configuration, StoredRuntimeConfig } from '../../schemas/configuration.js'
import { within } from '../timing/deadline.js'
import { type ContractMemory, readContracts } from './contracts/contracts.js'
import { checkCompute, checkStakes } from './checks/economy-checks.js'
import { allChecks, eciesKeyCheck, failed, passed, RUNTIME_CHECKS, skipped, withSkipped, type PreflightCheck } from './checks/findings.js'
import { checkContracts, checkMarketIds, checkMarketplace, checkRegistrations } from './checks/generator-checks.js'
import { createJsonRpcClient, type JsonRpcClient, type OnExchange } from './rpc/json-rpc.js'
import { checkEciesKeys } from './checks/key-checks.js'
import { assertResolvesToPublic, assertRpcUrl, RpcUrlForbidden, type RpcNetwork } from './network.js'
import { createRpcProviders, type RpcProviders } from './rpc/providers.js'
import { RpcLimited, RpcUnavailable } from './rpc/rpc-unavailable.js'
import { type Account, checkChainAndBalance } from './checks/runtime-checks.js'

export type { PreflightCheck } from './checks/findings.js'
export type { RpcNetwork } from './network.js'

/** Failures are findings. Only a fault of the service itself throws. `rpc` fails if any exchange breaks off. */
export interface Preflight {
  /** Checks RPC, chain id and balance of the runtime key, before a setup or update writes. */
  checkRuntime (runtime: StoredRuntimeConfig): Promise<PreflightCheck[]>
  checkAll (configuration: Configuration): Promise<PreflightCheck[]>
}

/**
 * Checks a configuration against its chain. `timeoutMs` bounds one exchange with the RPC endpoint.
 * `operationTimeoutMs` bounds a whole check and defaults to the same. `providers` remembers what is known about RPC
 * providers. `enclavePublicKey` returns the 64 bytes of the uncompressed point without the leading 04. `onAccount`
 * receives what `checkAll` reads for the configuration in force.
 */
export function createPreflight ({
  network, timeoutMs, operationTimeoutMs = timeoutMs, providers = createRpcProviders(), skipVerification, enclavePublicKey,
  onExchange = () => {}, onLimit = () => {}, onAccount = () => {},
}: {
  network: RpcNetwork,
  timeoutMs: number,
  operationTimeoutMs?: number,
  providers?: RpcProviders,
  skipVerification: boolean,
  enclavePublicKey: () => Uint8Array,
  onExchange?: OnExchange,
  onLimit?: () => void,
  onAccount?: (account: Account) => void,
}): Preflight {
  let remembered: { subject: string, memory: ContractMemory } = { subject: '', memory: { hasMulticall: null, shape: null } }

  async function check ({ runtime, names, onAccount, checkMore }: {
    runtime: StoredRuntimeConfig,
    names: string[],
    onAccount: (account: Account) => void,
    checkMore: (client: JsonRpcClient) => Promise<PreflightCheck[]>
  }): Promise<PreflightCheck[]> {
    const { host } = new URL(runtime.http_url)
    const found: PreflightCheck[] = []
    let client: JsonRpcClient | undefined
    try {
      // Only the generator connects to ws_url, but it does so from inside the enclave.
      const { ws_url: url } = runtime
      const webSocket = url !== undefined && URL.canParse(url) ? { field: 'ws_url', url, network } : null
      if (webSocket !== null) assertRpcUrl(webSocket)
      client = createJsonRpcClient({ field: 'http_url', url: runtime.http_url, network, timeoutMs, operationTimeoutMs, providers, onExchange, onLimit })
      const chainAndBalance = checkChainAndBalance({ client, host, runtime, account: await accountOf(runtime.private_key), onAccount })
      // A wrong field is reported before a failing endpoint. Both are examined together.
      chainAndBalance.catch(() => {})
      if (webSocket !== null) await within(timeoutMs, assertResolvesToPublic(webSocket), () => {})
      found.push(...await chainAndBalance)
      const isRightChain = found.some(({ name, result }) => name === 'chain_id' && result === 'pass')
      if (isRightChain) found.push(...await checkMore(client))
      found.push(passed('rpc', `RPC endpoint ${host} answers`))
    } catch (error) {
      found.push(rpcFailure({ error, host }))
    } finally {
      client?.close()
    }
    return withSkipped({ found, names, reason: 'Not checked: a check before this one failed' })
  }

  async function checkGenerators (client: JsonRpcClient, { runtime, generators }: Configuration): Promise<PreflightCheck[]> {
    const localKey = `0x${Buffer.from(enclavePublicKey()).toString('hex')}`
    const [first, ...others] = generators.flatMap(({ address, supported_markets: markets }) => markets.map(market => ({ generator: address, market })))
    const skipKeys = (reason: (address: string) => string): PreflightCheck[] =>
      generators.map(({ address }) => skipped(eciesKeyCheck(address), `Not checked: ${reason(address)}`))
    const keysOff = skipVerification ? skipKeys(() => 'SKIP_VERIFICATION is true') : null
    if (first === undefined) return keysOff ?? skipKeys(address => `generator ${address} has no supported_markets`)
    const { withoutCode, state } = await readContracts({ client, memory: memoryOf(runtime), registries: runtime, pairs: [first, ...others] })
    if (state === null) return checkContracts(withoutCode, runtime)
    return [
      ...checkMarketplace(state, runtime.proof_market_place),
      ...keysOff ?? checkEciesKeys({ generators, state, localKey }),
      ...checkRegistrations(state),
      ...checkMarketIds(state),
      ...checkStakes(state),
      ...checkCompute(state),
    ]
  }

  /** Remembers what worked for the configuration in force, which is checked again and again. */
  function memoryOf ({ http_url: url, chain_id: chain, entity_registry: entity, generator_registry: generator }: StoredRuntimeConfig): ContractMemory {
    const subject = JSON.stringify([url, chain, entity, generator])
    if (remembered.subject !== subject) remembered = { subject, memory: { hasMulticall: null, shape: null } }
    return remembered.memory
  }

  return {
    checkRuntime: async runtime => await check({
      runtime,
      names: RUNTIME_CHECKS,
      onAccount: () => {},
      checkMore: async () => [],
    }),
    checkAll: async configuration => await check({
      runtime: configuration.runtime,
      names: allChecks(configuration.generators),
      onAccount,
      checkMore: client => checkGenerators(client, configuration),
    }),
  }
}

/** A forbidden address is a wrong field. Everything else is the endpoint's fault. */
function rpcFailure ({ error, host }: { error: unknown, host: string }): PreflightCheck {
  if (error instanceof RpcUrlForbidden) {
    return failed('rpc', {
      code: 'INVALID_REQUEST',
      message: error.message,
      remedy: 'Use an https:// and wss:// URL of a public provider; RPC_NETWORK=any allows local chains.',
    })
  }
  if (error instanceof RpcUnavailable) {
    return failed('rpc', {
      code: 'RPC_UNAVAILABLE',
      message: `RPC endpoint ${host} ${error.message}`,
      remedy: error instanceof RpcLimited
        ? 'Use a plan with more calls a second, or raise OPERATION_TIMEOUT_MS, the time that all answers together may take.'
        : 'Check http_url and the provider, then try again; RPC_TIMEOUT_MS is the time that one answer may take.',
    })
  }
  throw error
}

/** Returns the account's address in EIP-55 form, as block explorers show it. */
async function accountOf (privateKey: string): Promise<string> {
  // Load on first use, so that the start does not pay for it.
  const [{ checksummed }, { addressOf }] = await Promise.all([import('./address.js'), import('../enclave/keccak.js')])
  const ecdh = createECDH('secp256k1')
  ecdh.setPrivateKey(privateKey.replace(/^0x/, ''), 'hex')
  return checksummed(addressOf(ecdh.getPublicKey().subarray(1)))
}
