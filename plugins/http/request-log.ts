import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createOccasionalReport } from '../../src/timing/occasional-report.js'
import { createTokenBucket } from '../../src/timing/token-bucket.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Leaves an audit line: the route changes the configuration, the key or a process, or signs. */
    audited?: boolean
    /** Asked for by machines every few seconds: its line in the log is for LOG_LEVEL=debug. */
    quiet?: boolean
  }
  interface FastifyRequest {
    /** First digits of the digest of the key that the request has issued. */
    newKeyFingerprint: string | null
    /** Whether it has got past authentication and validation. */
    isHandled: boolean
  }
}

const STRANGERS_LINES = { burst: 100, perSecond: 0.2 }
const REPORT_INTERVAL_MS = 60_000

/**
 * One line a request, made of an allow-list: route, status, duration, fingerprint of the key.
 * Routes that change or sign something leave an audit line with the names of the fields that were given, never values.
 */
export default fp(async (app) => {
  app.decorateRequest('newKeyFingerprint', null)
  app.decorateRequest('isHandled', false)
  const strangers = createTokenBucket(STRANGERS_LINES)
  const report = createOccasionalReport({
    intervalMs: REPORT_INTERVAL_MS,
    report: requests => app.log.warn({ requests }, 'requests without the API key that have no line of their own'),
  })

  app.addHook('preHandler', (request, _reply, done) => {
    request.isHandled = true
    done()
  })

  // Before the answer leaves: a client that is gone by then has changed things all the same, and gets no onResponse.
  app.addHook('onSend', (request, { statusCode }, payload, done) => {
    if (request.isHandled && request.routeOptions.config.audited === true && mayHaveChanged(statusCode)) audit(request, statusCode)
    done(null, payload)
  })

  app.addHook('onResponse', (request, reply, done) => {
    const { method, keyFingerprint: key, routeOptions: { url: route = null, config } } = request
    const { statusCode: status, elapsedTime } = reply
    const line = { method, route, status, duration_ms: Math.round(elapsedTime * 100) / 100, key }
    const isQuiet = config.quiet === true || (key === null && (status === 429 || isOneTooMany()))
    request.log[isQuiet ? 'debug' : 'info'](line, 'request')
    done()
  })

  /** Strangers' requests past a few have no line of their own: nobody without the key can fill the log, and push out what is in it. */
  function isOneTooMany (): boolean {
    if (strangers.take() === 0) return false
    report()
    return true
  }
}, { name: 'request-log', dependencies: ['api-key', 'audit'] })

/** What is refused (4xx) has changed nothing; a program that does not stay up (500) was started all the same. */
function mayHaveChanged (status: number): boolean {
  return status < 400 || status >= 500
}

function audit ({ server, id, routeOptions: { url: action }, body, keyFingerprint: key, newKeyFingerprint }: FastifyRequest, status: number): void {
  server.audit({ action, status, fields: Object.keys(Object(body)), key, ...newKeyFingerprint !== null && { new_key: newKeyFingerprint } }, id)
}
