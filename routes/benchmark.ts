import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { BenchmarkResult, MarketSelection } from '../schemas/benchmark.js'
import { answers, Success } from '../schemas/common.js'
import { success } from '../src/envelope.js'
import { findMarket, runBenchmark } from '../src/generator/benchmark.js'

/** Has the running generator make its benchmark proof. */
const benchmarkRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/benchmark',
    schema: {
      querystring: MarketSelection,
      response: answers({ 200: Success(BenchmarkResult) }),
    },
    handler: async ({ query: { market_id: id } }) => {
      const { port } = findMarket(await app.configuration.read(), id)
      const milliseconds = await runBenchmark({ port, timeoutMs: app.config.OPERATION_TIMEOUT_MS })
      return success(`Proof generated in ${milliseconds}ms`, { time_in_ms: milliseconds })
    },
  })
}

export default benchmarkRoutes
