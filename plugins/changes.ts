import fp from 'fastify-plugin'
import { type CheckedChanges, createCheckedChanges } from '../src/config/checked-changes.js'
import { observeCalls } from '../src/observe.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Changes of the configuration, checked on the chain before they are written. */
    changes: CheckedChanges
  }
}

export default fp(async (app) => {
  const changes = createCheckedChanges({
    store: app.configuration,
    preflight: app.preflight,
    enclaveSecret: app.enclaveKey.secretHex,
  })
  app.decorate('changes', observeCalls(changes, call => app.metrics.record(metrics => metrics.configurationChanged(call))))
}, { name: 'changes', dependencies: ['chain'] })
