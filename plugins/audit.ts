import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Writes an audit line, whatever LOG_LEVEL is. */
    audit: (entry: AuditEntry, requestId?: string) => void
  }
}

/** What has been changed or signed, by the names of the fields, never their values. */
interface AuditEntry {
  /** The route, the environment variable, or the file that was written anew. */
  action: string | undefined
  status?: number
  fields: string[]
  /** First digits of the digest of the key that was used; null: none. */
  key: string | null
  /** The same of the key that has been issued. */
  new_key?: string | null
}

export default fp(async (app) => {
  const log = app.log.child({}, { level: 'info' })
  app.decorate('audit', (entry, requestId) => log.info({ ...requestId !== undefined && { reqId: requestId }, audit: entry }, 'audit'))
}, { name: 'audit', dependencies: ['environment'] })
