import type {} from '@fastify/swagger'
import type { ErrorCode } from '../errors.js'

/** Real requests and answers of a route, each valid by its schema; answers by their status. */
export interface RouteExamples {
  query?: Record<string, string>
  body?: unknown
  /** The answer that is not JSON. */
  text?: string
  [statusCode: number]: unknown
}

declare module 'fastify' {
  /** `summary`, `tags` and `examples` are demanded of every route, `security: []` says that it needs no API key. */
  interface FastifySchema {
    /** Codes that the route answers beside those that follow from its key, query and body (plugins/documentation/errors.ts). */
    errors?: readonly ErrorCode[]
    examples?: RouteExamples
  }
}
