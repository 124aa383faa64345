import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { BenchmarkResult, MarketSelection } from '../schemas/benchmark.js'
import { answers, Success } from '../schemas/common.js'
import { CONFIGURATION_ERRORS } from '../src/http/route-documentation.js'
import { MARKET } from '../schemas/examples.js'
import { success } from '../src/http/envelope.js'
import { findMarketPort, runBenchmark } from '../src/generator/benchmark.js'

/** Has the running generator make its benchmark proof. */
const benchmarkRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.route({
    method: 'GET',
    url: '/benchmark',
    schema: {
      summary: 'Have the generator make its benchmark proof',
      description: 'On the port that `markets` of the runtime config names, without `market_id` of its only market; the generator must run.',
      tags: ['Generator'],
      errors: [...CONFIGURATION_ERRORS, 'MARKET_NOT_FOUND', 'GENERATOR_UNAVAILABLE', 'GENERATOR_TIMEOUT'],
      querystring: MarketSelection,
      response: answers({ 200: Success(BenchmarkResult) }),
      examples: { query: { market_id: MARKET }, 200: success('Proof generated in 8725ms', { time_in_ms: 8725 }) },
    },
    handler: async ({ query: { market_id: id } }) => {
      const port = findMarketPort(await app.configuration.read(), id)
      const milliseconds = await runBenchmark({ port, timeoutMs: app.config.OPERATION_TIMEOUT_MS })
      return success(`Proof generated in ${milliseconds}ms`, { time_in_ms: milliseconds })
    },
  })
}

export default benchmarkRoutes
