import type {} from '@fastify/swagger'
import type { Examples } from '../../schemas/operations/operation.js'
import type { ErrorCode } from '../errors.js'

declare module 'fastify' {
  /** Each route must have `summary`, `tags` and `examples`. `security: []` marks a route without API key. */
  interface FastifySchema {
    /** The codes of the route itself. Others follow from its key, query and body (tools/openapi/errors.ts). */
    errors?: readonly ErrorCode[]
    examples?: Examples
  }
}
