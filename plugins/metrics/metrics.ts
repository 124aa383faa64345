import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createInstruments, type Instruments } from '../../src/metrics/instruments.js'
import type { AnsweredRequest } from '../../src/metrics/requests.js'
import { VERSION } from '../../src/version.js'

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Instruments
  }
}

/** Counts every answer. Other figures are recorded where they arise. */
export default fp(async (app) => {
  app.decorate('metrics', createInstruments({ version: VERSION }))

  app.addHook('onRequest', (request, reply, done) => {
    // onResponse would miss a client that leaves early.
    reply.raw.once('close', () => app.metrics.requestAnswered(describe(request, reply)))
    done()
  })
}, { name: 'metrics', dependencies: ['environment'] })

/** nginx's status for a client that left before the answer. */
const CLIENT_GONE = 499

function describe ({ method, routeOptions: { url: route = 'unmatched' } }: FastifyRequest, reply: FastifyReply): AnsweredRequest {
  const status = reply.raw.headersSent ? reply.statusCode : CLIENT_GONE
  const isStream = String(reply.getHeader('content-type')).startsWith('text/event-stream')
  return { method, route, status, code: reply.errorCode, seconds: isStream ? null : reply.elapsedTime / 1000 }
}
