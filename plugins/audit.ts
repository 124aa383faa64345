import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Writes an audit line at any LOG_LEVEL. */
    audit: (entry: AuditEntry, requestId?: string) => void
  }
}

/** A change or a signature. Fields appear by name, never by value. */
interface AuditEntry {
  /** The route, the environment variable, or the replaced file. */
  action: string | undefined
  status?: number
  fields: string[]
  /** The first digits of the used key's digest. Null: no key. */
  key: string | null
  /** The same for an issued key. */
  new_key?: string | null
}

export default fp(async (app) => {
  const log = app.log.child({}, { level: 'info' })
  app.decorate('audit', (entry, requestId) => log.info({ ...requestId !== undefined && { reqId: requestId }, audit: entry }, 'audit'))
}, { name: 'audit', dependencies: ['environment'] })
