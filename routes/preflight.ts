import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { answers, Success } from '../schemas/common.js'
import { CONFIGURATION_ERRORS } from '../src/http/route-documentation.js'
import { skippedChecks } from '../schemas/examples.js'
import { PreflightReport } from '../schemas/preflight.js'
import { isStartable } from '../src/chain/checks/verdict.js'
import { success } from '../src/http/envelope.js'

/** The checks that come before a start, without the start. */
const preflightRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/preflight',
    schema: {
      summary: 'Make the checks that come before a start',
      description: 'Without the start: each check with pass, warning, fail or skipped, and what to do about a failure or warning. A warning does not stop a start.',
      tags: ['Generator'],
      errors: CONFIGURATION_ERRORS,
      response: answers({ 200: Success(PreflightReport) }),
      examples: {
        200: success('Preflight checks done', {
          startable: true,
          chain_checks: 'off',
          checks: skippedChecks,
        })
      },
    },
    handler: async () => {
      const checks = await app.preflight.checkAll(await app.configuration.read())
      return success('Preflight checks done', { startable: isStartable(checks), chain_checks: app.config.CHAIN_CHECKS, checks })
    },
  })
}

export default preflightRoutes
