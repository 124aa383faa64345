import fp from 'fastify-plugin'
import { type CheckedChanges, createCheckedChanges } from '../src/config/checked-changes.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Changes of the configuration, checked on the chain before they are written. */
    changes: CheckedChanges
  }
}

export default fp(async (app) => {
  app.decorate('changes', createCheckedChanges({
    store: app.configuration,
    preflight: app.preflight,
    enclaveSecret: app.enclaveKey.secretHex,
  }))
}, { name: 'changes', dependencies: ['chain'] })
