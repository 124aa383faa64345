import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { success } from '../schemas/common.js'
import { operations } from '../schemas/operations.js'
import { findMarketPort, runBenchmark } from '../src/generator/benchmark.js'

/** Has the running generator make its benchmark proof. */
const benchmarkRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    ...operations.benchmark,
    handler: async ({ query: { market_id: id } }) => {
      const port = findMarketPort(await app.configuration.read(), id)
      const milliseconds = await runBenchmark({ port, timeoutMs: app.config.OPERATION_TIMEOUT_MS })
      return success(`Proof generated in ${milliseconds}ms`, { time_in_ms: milliseconds })
    },
  })
}

export default benchmarkRoutes
