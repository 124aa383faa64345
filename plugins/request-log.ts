import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Leaves an audit line when it succeeds: the route changes the configuration, the key or a process, or signs. */
    audited?: boolean
    /** Asked for by machines every few seconds: its line in the log is for LOG_LEVEL=debug. */
    quiet?: boolean
  }
}

/**
 * One line a request, made of an allow-list: route, status, duration, fingerprint of the key.
 * Routes that change or sign something leave an audit line with the names of the fields that were given, never values.
 */
export default fp(async (app) => {
  app.addHook('onResponse', (request, reply, done) => {
    const { method, keyFingerprint: key, routeOptions: { url: route = null, config } } = request
    const { statusCode: status, elapsedTime } = reply
    request.log[config.quiet === true ? 'debug' : 'info']({ method, route, status, duration_ms: Math.round(elapsedTime * 100) / 100, key }, 'request')
    if (config.audited === true && status < 400) {
      request.log.info({ audit: { action: route, fields: Object.keys(Object(request.body)), key } }, 'audit')
    }
    done()
  })
}, { name: 'request-log', dependencies: ['api-key'] })
