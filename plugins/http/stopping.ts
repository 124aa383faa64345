import fp from 'fastify-plugin'
import { CodedError } from '../../src/errors.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Tells that the process is there, which it is until its end. */
    answersWhileStopping?: boolean
  }
}

/** While requests in flight are finished, those that still come on open connections are refused. */
export default fp(async (app) => {
  let isStopping = false
  app.addHook('preClose', async () => { isStopping = true })
  app.addHook('onRequest', ({ routeOptions: { config } }, _reply, done) => {
    const isRefused = isStopping && config.answersWhileStopping !== true
    done(isRefused ? new CodedError('SERVICE_STOPPING', 'The service is shutting down: send the request again once it is back') : undefined)
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    // A connection kept open would hold up the end until its client, or keepAliveTimeout, ends it.
    if (isStopping) reply.header('connection', 'close')
    done(null, payload)
  })
}, { name: 'stopping' })
