import fp from 'fastify-plugin'
import { createMarketAddresses } from '../src/chain/contracts/market-addresses.js'
import { type CheckedChanges, createCheckedChanges } from '../src/config/checked-changes.js'
import { observeCalls } from '../src/timing/observe.js'

declare module 'fastify' {
  interface FastifyInstance {
    changes: CheckedChanges
  }
}

export default fp(async (app) => {
  const { CHAIN_CHECKS, RPC_NETWORK, RPC_TIMEOUT_MS } = app.config
  const changes = createCheckedChanges({
    store: app.configuration,
    preflight: app.preflight,
    assertMarketAddresses: createMarketAddresses({
      network: CHAIN_CHECKS === 'off' ? 'any' : RPC_NETWORK, ownPorts: app.ownPorts, timeoutMs: RPC_TIMEOUT_MS
    }),
    enclaveSecret: app.enclaveKey.secretHex,
  })
  app.decorate('changes', observeCalls(changes, app.metrics.configurationChanged))
}, { name: 'changes', dependencies: ['chain', 'own-ports'] })
