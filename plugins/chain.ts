import fp from 'fastify-plugin'
import type { Preflight } from '../src/chain/preflight.js'

declare module 'fastify' {
  interface FastifyInstance {
    preflight: Preflight
  }
}

/** The checks on the chain; CHAIN_CHECKS=off leaves them out, which is said in the log. */
export default fp(async (app) => {
  const { CHAIN_CHECKS, RPC_NETWORK, RPC_TIMEOUT_MS, SKIP_VERIFICATION } = app.config
  if (CHAIN_CHECKS === 'off') {
    app.log.warn('CHAIN_CHECKS=off: a generator that is not registered, or whose key has no balance, will be started all the same')
    const { createSkippedPreflight } = await import('../src/chain/skipped.js')
    app.decorate('preflight', createSkippedPreflight())
    return
  }
  const { createPreflight } = await import('../src/chain/preflight.js')
  app.decorate('preflight', createPreflight({
    network: RPC_NETWORK,
    timeoutMs: RPC_TIMEOUT_MS,
    skipVerification: SKIP_VERIFICATION,
    enclavePublicKey: () => app.enclaveKey.publicKey,
  }))
}, { name: 'chain', dependencies: ['enclave'] })
