import fp from 'fastify-plugin'
import { CodedError } from '../../src/errors.js'
import type { Limits } from '../../src/http/limits.js'
import { createOccasionalReport } from '../../src/timing/occasional-report.js'
import { createTokenBucket } from '../../src/timing/token-bucket.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts a failed authentication. Throws TOO_MANY_FAILED_ATTEMPTS. */
    countFailedAttempt: (reply: FastifyReply) => void
  }
}

/**
 * One bucket counts all failed authentications, because every client comes from the proxy's address. A bucket per
 * address would let a stranger lock out the owner. A valid key is never counted.
 */
export default fp<Pick<Limits, 'failedAttempts'>>(async (app, { failedAttempts }) => {
  const bucket = createTokenBucket(failedAttempts)
  const report = createOccasionalReport({
    report: refused => app.log.warn({ refused }, 'too many requests without the API key'),
  })

  app.decorate('countFailedAttempt', reply => {
    const seconds = Math.ceil(bucket.take())
    if (seconds === 0) return
    report()
    // The next try costs a new connection.
    reply.headers({ 'retry-after': String(seconds), connection: 'close' })
    throw new CodedError('TOO_MANY_FAILED_ATTEMPTS',
      'Too many requests without the API key: send the right one, which is never refused, or wait as long as retry-after says')
  })
}, { name: 'failed-attempts' })
