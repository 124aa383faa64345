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

/** What reading or changing the configuration may end in. */
export const CONFIGURATION_ERRORS = ['CONFIG_NOT_FOUND', 'CONFIG_CORRUPT', 'STORAGE_FAILED'] as const
/** What the checks on the chain before a change may end in. */
export const CHAIN_ERRORS = ['CHAIN_MISMATCH', 'INSUFFICIENT_BALANCE', 'RPC_UNAVAILABLE'] as const
export const SUPERVISOR_ERRORS = ['PROGRAM_NOT_FOUND', 'SUPERVISOR_UNAVAILABLE', 'SUPERVISOR_TIMEOUT'] as const
export const STOP_ERRORS = [...SUPERVISOR_ERRORS, 'PROGRAM_STOP_FAILED'] as const
export const START_ERRORS = [...SUPERVISOR_ERRORS, ...CONFIGURATION_ERRORS, 'PREFLIGHT_FAILED', 'RPC_UNAVAILABLE', 'PROGRAM_START_FAILED', 'PROGRAM_ORPHANED'] as const
