import type { TObject, TSchema } from '@sinclair/typebox'

/** A Fastify route without its handler. The client, the OpenAPI document and the Postman collection derive from it. */
export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** The path below /api, which is the operation's name. */
  url: `/${string}`
  /** The body may be encrypted, and then the answer is too. The path with `Encrypted` appended accepts nothing else. */
  encryptable?: true
  config?: { audited: true, repeatable?: true }
  schema: {
    summary: string
    description?: string
    tags: readonly [string]
    /** Empty: no API key is needed. */
    security?: readonly []
    /** Codes beside those that follow from its key, query and body (tools/openapi/errors.ts). */
    errors?: readonly string[]
    querystring?: TObject
    headers?: TObject
    body?: TObject
    response: { 200: TSchema, 202?: TSchema, '4xx': TSchema, '5xx': TSchema }
    /** Default: JSON only. */
    produces?: readonly string[]
    examples: Examples & { 200: unknown }
  }
}

/** Real requests and answers, valid by their schemas. Answers are listed by status. */
export interface Examples {
  query?: Record<string, string>
  body?: unknown
  /** The answer that is not JSON. */
  text?: string
  [statusCode: number]: unknown
}

export type Operations = Record<string, Omit<Operation, 'url'>>
