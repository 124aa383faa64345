import fp from 'fastify-plugin'
import { CodedError } from '../../src/errors.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Reports that the process exists, which is true until its end. */
    answersWhileStopping?: boolean
  }
}

/** Refuses new requests on open connections while requests in flight finish. */
export default fp(async (app) => {
  let isStopping = false
  app.addHook('preClose', async () => { isStopping = true })
  app.addHook('onRequest', ({ routeOptions: { config } }, _reply, done) => {
    const isRefused = isStopping && config.answersWhileStopping !== true
    done(isRefused ? new CodedError('SERVICE_STOPPING', 'The service is shutting down: send the request again once it is back') : undefined)
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    // An open connection would delay the end until its client or keepAliveTimeout closes it.
    if (isStopping) reply.header('connection', 'close')
    done(null, payload)
  })
}, { name: 'stopping' })
