import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { answers, Success } from '../schemas/common.js'
import { PreflightReport } from '../schemas/preflight.js'
import { isStartable } from '../src/chain/verdict.js'
import { success } from '../src/envelope.js'

/** The checks that come before a start, without the start. */
const preflightRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/preflight',
    schema: { response: answers({ 200: Success(PreflightReport) }) },
    handler: async () => {
      const checks = await app.preflight.checkAll(await app.configuration.read())
      return success('Preflight checks done', { startable: isStartable(checks), chain_checks: app.config.CHAIN_CHECKS, checks })
    },
  })
}

export default preflightRoutes
