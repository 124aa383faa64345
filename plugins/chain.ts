import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createMarketAddresses } from '../src/chain/contracts/market-addresses.js'
import type { Preflight } from '../src/chain/preflight.js'
import { type CheckedChanges, createCheckedChanges } from '../src/config/checked-changes.js'
import { observeCalls } from '../src/timing/observe.js'

declare module 'fastify' {
  interface FastifyInstance {
    preflight: Preflight
    changes: CheckedChanges
  }
}

/** A start keeps this part of OPERATION_TIMEOUT_MS for its order, even after the slowest checks. */
const AFTER_CHECKS_MS = 1000

/** Checks on the chain, and the changes of the configuration, which need them. */
export default fp(async (app) => {
  const { CHAIN_CHECKS, RPC_NETWORK, RPC_TIMEOUT_MS } = app.config
  const { checkRuntime, checkAll } = await createChecks(app)
  app.decorate('preflight', {
    checkRuntime,
    async checkAll (configuration) {
      const checks = await checkAll(configuration)
      app.metrics.record(metrics => metrics.preflightDone(checks))
      return checks
    },
  })
  const changes = createCheckedChanges({
    store: app.configuration,
    preflight: app.preflight,
    assertMarketAddresses: createMarketAddresses({
      network: CHAIN_CHECKS === 'off' ? 'any' : RPC_NETWORK, ownPorts: app.ownPorts, timeoutMs: RPC_TIMEOUT_MS
    }),
    enclaveSecret: app.enclaveKey.secretHex,
  })
  app.decorate('changes', observeCalls(changes, call => {
    app.metrics.record(metrics => metrics.configurationChanged(call))
  }))
}, { name: 'chain', dependencies: ['enclave', 'metrics', 'own-ports'] })

async function createChecks (app: FastifyInstance): Promise<Preflight> {
  const { CHAIN_CHECKS, RPC_NETWORK, RPC_TIMEOUT_MS, OPERATION_TIMEOUT_MS, SKIP_VERIFICATION } = app.config
  if (CHAIN_CHECKS === 'off') {
    app.log.warn('CHAIN_CHECKS=off: a start checks neither registration nor balance')
    const { createSkippedPreflight } = await import('../src/chain/checks/skipped.js')
    return createSkippedPreflight()
  }
  const { createPreflight } = await import('../src/chain/preflight.js')
  return createPreflight({
    network: RPC_NETWORK,
    timeoutMs: RPC_TIMEOUT_MS,
    operationTimeoutMs: Math.max(OPERATION_TIMEOUT_MS / 2, OPERATION_TIMEOUT_MS - AFTER_CHECKS_MS),
    skipVerification: SKIP_VERIFICATION,
    enclavePublicKey: () => app.enclaveKey.publicKey,
    onExchange: (seconds, error) => app.metrics.record(metrics => metrics.rpcExchanged(seconds, error)),
    onLimit: () => app.metrics.record(metrics => metrics.rpcLimited()),
    onAccount: account => app.metrics.record(metrics => metrics.accountRead(account)),
  })
}
