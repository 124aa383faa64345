import fp from 'fastify-plugin'
import { createDraining } from '../../src/http/draining.js'

/** The programs need most of the shutdown time. */
const GRACE_MS = 1_000

export default fp(async (app) => {
  const draining = createDraining({ server: app.server, graceMs: GRACE_MS })
  app.addHook('preClose', async () => draining.begin())
  app.addHook('onClose', async () => draining.end())
}, { name: 'draining' })
