import type {} from '@fastify/swagger'
import type { Examples } from '../../schemas/operations/operation.js'
import type { ErrorCode } from '../errors.js'

declare module 'fastify' {
  /** `summary`, `tags` and `examples` are demanded of every route, `security: []` says that it needs no API key. */
  interface FastifySchema {
    /** Codes that the route answers beside those that follow from its key, query and body (plugins/documentation/errors.ts). */
    errors?: readonly ErrorCode[]
    examples?: Examples
  }
}
