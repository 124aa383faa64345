import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { success } from '../schemas/common.js'
import { operations } from '../schemas/operations.js'
import { isStartable } from '../src/chain/checks/verdict.js'
import { findMarketPort, runBenchmark } from '../src/generator/benchmark.js'

const generatorRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...operations.preflight,
    handler: async () => {
      const checks = await app.preflight.checkAll(await app.configuration.read())
      return success('Preflight checks done', { startable: isStartable(checks), chain_checks: app.config.CHAIN_CHECKS, checks })
    },
  })

  app.route({
    ...operations.benchmark,
    handler: async ({ query: { market_id: id } }) => {
      const port = findMarketPort(await app.configuration.read(), id)
      const milliseconds = await runBenchmark({ port, timeoutMs: app.config.OPERATION_TIMEOUT_MS })
      return success(`Proof generated in ${milliseconds}ms`, { time_in_ms: milliseconds })
    },
  })
}

export default generatorRoutes
