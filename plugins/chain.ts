import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Preflight } from '../src/chain/preflight.js'

declare module 'fastify' {
  interface FastifyInstance {
    preflight: Preflight
  }
}

/** A start keeps this part of OPERATION_TIMEOUT_MS for its order, even after the slowest checks. */
const AFTER_CHECKS_MS = 1000

export default fp(async (app) => {
  const { checkRuntime, checkAll } = await createChecks(app)
  app.decorate('preflight', {
    checkRuntime,
    async checkAll (configuration) {
      const checks = await checkAll(configuration)
      app.metrics.preflightDone(checks)
      return checks
    },
  })
}, { name: 'chain', dependencies: ['enclave', 'metrics'] })

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
    onExchange: app.metrics.rpcExchanged,
    onLimit: app.metrics.rpcLimited,
    onAccount: app.metrics.accountRead,
  })
}
