import type { FastifyDynamicSwaggerOptions, SwaggerTransformObject } from '@fastify/swagger'
import { VERSION } from '../../src/version.js'

const DESCRIPTION = `Manages a Kalypso proof generator inside an enclave: its API key, its configuration, its process.

To try a call, issue the API key (generateApiKey, once) or take yours, and press **Authorize**: one of the three ways is enough.
Errors have a stable \`code\`; each route lists those that it can answer.`

/** The OpenAPI document without its paths. */
export const openapi = {
  openapi: '3.1.0',
  info: { title: 'generator-client', version: VERSION, description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
  components: {
    securitySchemes: {
      apiKey: { type: 'apiKey', in: 'header', name: 'api-key', description: 'The API key.' },
      bearer: { type: 'http', scheme: 'bearer', description: 'The API key as the token.' },
      basic: { type: 'http', scheme: 'basic', description: 'The API key as the password, with any user name.' },
    },
  },
  security: [{ apiKey: [] }, { bearer: [] }, { basic: [] }],
} satisfies FastifyDynamicSwaggerOptions['openapi']

type Paths = Record<string, Record<string, { requestBody?: { required: boolean, content: Record<string, { schema: { properties?: object } }> } }>>

/** A body that has no fields may be left out (plugins/json-body.ts). */
export const withOptionalBodies: SwaggerTransformObject = document => {
  const { openapiObject } = document as { openapiObject: { paths: Paths } }
  for (const { requestBody } of Object.values(openapiObject.paths).flatMap(Object.values)) {
    const fields = requestBody?.content['application/json']?.schema.properties
    if (requestBody !== undefined && fields !== undefined && Object.keys(fields).length === 0) requestBody.required = false
  }
  return openapiObject as ReturnType<SwaggerTransformObject>
}
