import type {} from '@fastify/swagger'
import type { ErrorCode } from '../errors.js'

/** Real requests and answers of a route, each valid by its schema. Answers are listed by status. */
export interface RouteExamples {
  query?: Record<string, string>
  body?: unknown
  /** An answer that is not JSON. */
  text?: string
  [statusCode: number]: unknown
}

declare module 'fastify' {
  /** Each route must have `summary`, `tags` and `examples`. `security: []` marks a route without API key. */
  interface FastifySchema {
    /** The codes of the route itself. Others follow from its key, query and body (plugins/documentation/errors.ts). */
    errors?: readonly ErrorCode[]
    examples?: RouteExamples
  }
}

/** Errors of reading or changing the configuration. */
export const CONFIGURATION_ERRORS = ['CONFIG_NOT_FOUND', 'CONFIG_CORRUPT', 'STORAGE_FAILED'] as const
/** Errors of the checks on the chain before a change. */
export const CHAIN_ERRORS = ['CHAIN_MISMATCH', 'INSUFFICIENT_BALANCE', 'RPC_UNAVAILABLE'] as const
export const SUPERVISOR_ERRORS = ['PROGRAM_NOT_FOUND', 'SUPERVISOR_UNAVAILABLE', 'SUPERVISOR_TIMEOUT'] as const
export const STOP_ERRORS = [...SUPERVISOR_ERRORS, 'PROGRAM_STOP_FAILED'] as const
export const START_ERRORS = [...SUPERVISOR_ERRORS, ...CONFIGURATION_ERRORS, 'PREFLIGHT_FAILED', 'RPC_UNAVAILABLE', 'PROGRAM_START_FAILED', 'PROGRAM_ORPHANED'] as const
