import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { success } from '../schemas/common.js'
import { operations } from '../schemas/operations.js'
import { isStartable } from '../src/chain/checks/verdict.js'

/** The checks that come before a start, without the start. */
const preflightRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...operations.preflight,
    handler: async () => {
      const checks = await app.preflight.checkAll(await app.configuration.read())
      return success('Preflight checks done', { startable: isStartable(checks), chain_checks: app.config.CHAIN_CHECKS, checks })
    },
  })
}

export default preflightRoutes
