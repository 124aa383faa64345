import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { isTls } from '../../src/channel/tls-on-port.js'
import { CodedError } from '../../src/errors.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Tells whether a request may carry secrets: it came over TLS, or the owner has decided that plain HTTP may. */
    mayCarrySecrets: (request: FastifyRequest) => boolean
  }
  interface FastifyContextConfig {
    /** Answers on plain HTTP in any case, because nothing of it is secret. */
    answersPlainly?: boolean
  }
}

/** Where CHANNEL is `attested`, refuses plain HTTP before anything of the request is looked at. The host reads it. */
export default fp(async (app) => {
  const isRequired = app.config.CHANNEL === 'attested'
  const mayCarrySecrets = (request: FastifyRequest): boolean => !isRequired || isTls(request.raw.socket)

  app.decorate('mayCarrySecrets', mayCarrySecrets)
  app.addHook('onRequest', (request, _reply, done) => {
    const isAllowed = request.routeOptions.config.answersPlainly === true || mayCarrySecrets(request)
    done(isAllowed
      ? undefined
      : new CodedError('CHANNEL_NOT_ATTESTED', "The host can read plain HTTP, and this service runs with CHANNEL=attested: run 'generator-client enclave verify --save' once, then use the command line or 'generator-client connect', or HTTPS with the key of 'generator-client info' pinned"))
  })
}, { name: 'attested-only', dependencies: ['environment'] })
