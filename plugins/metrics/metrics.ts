import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Instruments } from '../../src/metrics/instruments.js'
import type { AnsweredRequest } from '../../src/metrics/requests.js'
import { createRecorder } from '../../src/metrics/recorder.js'
import { VERSION } from '../../src/version.js'

declare module 'fastify' {
  interface FastifyInstance {
    metrics: ReturnType<typeof createRecorder<Instruments>>
  }
}

/** prom-client takes 45 ms to load, so the first answers come before it. */
const LOAD_AFTER_MS = 1000

/** Counts every answer. Other figures are recorded where they arise. */
export default fp(async (app) => {
  const metrics = createRecorder({
    load: async () => (await import('../../src/metrics/instruments.js')).createInstruments({ version: VERSION }),
  })
  app.decorate('metrics', metrics)

  app.addHook('onRequest', (request, reply, done) => {
    // onResponse would miss a client that leaves early.
    reply.raw.once('close', () => {
      const answered = describe(request, reply)
      metrics.record(({ requestAnswered }) => requestAnswered(answered))
    })
    done()
  })

  const loading = setTimeout(() => {
    metrics.open().catch(error => app.log.warn({ err: error }, 'metrics are not loaded, the first scrape tries again'))
  }, LOAD_AFTER_MS).unref()
  app.addHook('onClose', async () => clearTimeout(loading))
}, { name: 'metrics', dependencies: ['environment'] })

/** nginx's status for a client that left before the answer. */
const CLIENT_GONE = 499

function describe ({ method, routeOptions: { url: route = 'unmatched' } }: FastifyRequest, reply: FastifyReply): AnsweredRequest {
  const status = reply.raw.headersSent ? reply.statusCode : CLIENT_GONE
  const isStream = String(reply.getHeader('content-type')).startsWith('text/event-stream')
  return { method, route, status, code: reply.errorCode, seconds: isStream ? null : reply.elapsedTime / 1000 }
}
