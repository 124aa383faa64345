import fp from 'fastify-plugin'
import { createRedactor, type Redactor } from '../src/redaction/redactor.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Removes known secrets from programs' output and supervisors' words. */
    redactor: Redactor
  }
}

export default fp<{ redactor?: Redactor | undefined }>(async (app, { redactor = createRedactor() }) => {
  app.decorate('redactor', redactor)
}, { name: 'redaction' })
