import type { TObject, TSchema } from '@sinclair/typebox'

/**
 * One operation of the API, in the form of a Fastify route without its handler. The route, the client's method, the OpenAPI
 * document and the Postman collection are made of it. The last part of `url` is its name.
 */
export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below /api. */
  url: `/${string}`
  /** The body may travel encrypted, and then the answer does, too. `url` with `Encrypted` behind it takes nothing else. */
  encryptable?: true
  /** Each call leaves an audit line. */
  config?: { audited: true }
  schema: {
    summary: string
    description?: string
    tags: readonly [string]
    /** Empty: no API key is needed. */
    security?: readonly []
    /** Codes that it answers beside those that follow from its key, query and body (tools/openapi/errors.ts). */
    errors?: readonly string[]
    querystring?: TObject
    headers?: TObject
    body?: TObject
    response: { 200: TSchema, 202?: TSchema, '4xx': TSchema, '5xx': TSchema }
    /** Default: JSON alone. */
    produces?: readonly string[]
    examples: Examples & { 200: unknown }
  }
}

/** Real requests and answers, each valid by its schema; answers by their status. */
export interface Examples {
  query?: Record<string, string>
  body?: unknown
  /** The answer that is not JSON. */
  text?: string
  [statusCode: number]: unknown
}

/** Operations by their names. */
export type Operations = Record<string, Operation>
