import type { TSchema } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createLargeBodies } from '../src/bodies/large-bodies.js'
import { type BodyRules, parseBody } from '../src/bodies/parse-body.js'
import { BODY_LIMIT } from '../src/options.js'

declare module 'fastify' {
  interface FastifyInstance {
    bodyRules: (request: FastifyRequest) => BodyRules
  }
}

/**
 * JSON is the only body. Both generations of the SDK send an empty body with a JSON content-type where none is needed:
 * that, no body at all and `{}` are the same. Where it is large, the body is a LargeBody until plugins/secure-channel.ts has looked at it.
 */
export default fp(async (app) => {
  const { REQUIRE_ENCRYPTION: requireEncryption } = app.config
  const readLargeBody = createLargeBodies({ messageKey: app.enclaveKey.messageKey })

  app.decorate('bodyRules', rulesFor)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, bytes: Buffer<ArrayBuffer>) => {
    const rules = rulesFor(request)
    return bytes.length > BODY_LIMIT ? await readLargeBody(bytes, rules) : parseBody(bytes, rules)
  })

  app.addHook('preValidation', (request, _reply, done) => {
    if (request.body === undefined && request.routeOptions.schema?.body !== undefined) request.body = {}
    done()
  })

  function rulesFor ({ routeOptions: { schema, config: { encryptedBody: encryption, plainBodyLimit = Infinity } } }: FastifyRequest): BodyRules {
    return { encryption, requireEncryption, plainBodyLimit, schema: schema?.body as TSchema | undefined }
  }
}, { name: 'json-body', dependencies: ['enclave'] })
