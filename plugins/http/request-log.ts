import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createOccasionalReport } from '../../src/timing/occasional-report.js'
import { createTokenBucket } from '../../src/timing/token-bucket.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Leaves an audit line, because the route signs, or changes the configuration, the key or a process. */
    audited?: boolean
    /** Machines ask every few seconds, so the log line needs LOG_LEVEL=debug. */
    quiet?: boolean
  }
  interface FastifyRequest {
    /** The first digits of the digest of the key that the request has issued. */
    newKeyFingerprint: string | null
    /** Tells whether it has passed authentication and validation. */
    isHandled: boolean
  }
}

const STRANGERS_LINES = { burst: 100, perSecond: 0.2 }

/**
 * Logs one line for each request, with allowed facts only: route, status, duration, fingerprint of the key. An audit
 * line holds the names of the given fields, never their values.
 */
export default fp(async (app) => {
  app.decorateRequest('newKeyFingerprint', null)
  app.decorateRequest('isHandled', false)
  const strangers = createTokenBucket(STRANGERS_LINES)
  const report = createOccasionalReport({
    report: requests => app.log.warn({ requests }, 'requests without the API key have no log line of their own'),
  })

  app.addHook('preHandler', (request, _reply, done) => {
    request.isHandled = true
    done()
  })

  // This comes before the answer leaves. A client that is gone by then gets no onResponse, but has changed things.
  app.addHook('onSend', (request, { statusCode }, payload, done) => {
    // A refused request (4xx) has changed nothing. A program that did not stay up (500) was started all the same.
    const mayHaveChanged = statusCode < 400 || statusCode >= 500
    if (request.isHandled && request.routeOptions.config.audited === true && mayHaveChanged) audit(request, statusCode)
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

  /** Most requests of strangers get no line, so that nobody without the key can fill the log. */
  function isOneTooMany (): boolean {
    if (strangers.take() === 0) return false
    report()
    return true
  }
}, { name: 'request-log', dependencies: ['api-key', 'audit'] })

function audit ({ server, id, routeOptions: { url: action }, body, keyFingerprint: key, newKeyFingerprint }: FastifyRequest, status: number): void {
  server.audit({ action, status, fields: Object.keys(Object(body)), key, ...newKeyFingerprint !== null && { new_key: newKeyFingerprint } }, id)
}
