import type { FastifyDynamicSwaggerOptions, SwaggerTransformObject } from '@fastify/swagger'
import { type ErrorCode, ERRORS } from '../../src/errors.js'
import { VERSION } from '../../src/version.js'
import { headersOf } from './headers.js'
import { allowNulls } from './nullable.js'
import { describeErrors } from './operation.js'

const DESCRIPTION = `Manages a Kalypso proof generator inside an enclave: its API key, its configuration, its process.

To try a call, press **Authorize** and enter your API key in one of the three ways. generateApiKey issues the key, once.
Every error has a stable \`code\`. Each route lists the errors that it can answer.
An unknown path gets \`ROUTE_NOT_FOUND\`. A method that a path does not have gets \`METHOD_NOT_ALLOWED\`.`

/** No operation lists these errors, because no route answers them. */
const UNROUTED = ['ROUTE_NOT_FOUND', 'METHOD_NOT_ALLOWED'] as const

/** The OpenAPI document without its paths. */
export const openapi = {
  openapi: '3.1.0',
  info: {
    title: 'generator-client', version: VERSION, description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' }
  },
  components: {
    securitySchemes: {
      apiKey: { type: 'apiKey', in: 'header', name: 'api-key', description: 'The API key.' },
      bearer: { type: 'http', scheme: 'bearer', description: 'The API key as the token.' },
      basic: { type: 'http', scheme: 'basic', description: 'The API key as the password, with any user name.' },
    },
  },
  security: [{ apiKey: [] }, { bearer: [] }, { basic: [] }],
} satisfies FastifyDynamicSwaggerOptions['openapi']

interface Document {
  components: { responses?: Record<string, object> }
  paths: Record<string, Record<string, Operation>>
}

interface Operation {
  requestBody?: {
    required: boolean
    content: Record<string, { schema: Record<string, unknown> & { properties?: object } }>
  }
  responses: Record<string, { headers?: object }>
}

/**
 * Adds what @fastify/swagger cannot say: a body without fields may be left out (plugins/http/bodies.ts), and some
 * headers are always there.
 */
export const completeDocument: SwaggerTransformObject = document => {
  const { openapiObject } = document as { openapiObject: Document }
  openapiObject.components.responses = Object.fromEntries(UNROUTED.map(code => [code, describeUnrouted(code)]))
  for (const { requestBody, responses } of Object.values(openapiObject.paths).flatMap(operations =>
    Object.values(operations)
  )) {
    const fields = requestBody?.content['application/json']?.schema.properties
    if (requestBody !== undefined && fields !== undefined && Object.keys(fields).length === 0) {
      requestBody.required = false
    }
    for (const content of Object.values(requestBody?.content ?? {})) content.schema = allowNulls(content.schema)
    for (const [status, response] of Object.entries(responses)) response.headers = headersOf(Number(status))
  }
  return openapiObject as ReturnType<SwaggerTransformObject>
}

function describeUnrouted (code: ErrorCode): object {
  const { statusCode } = ERRORS[code]
  return { ...describeErrors(statusCode, [code]), headers: headersOf(statusCode) }
}
