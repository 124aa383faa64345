import type { TSchema } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createLargeBodies } from '../../src/bodies/large-bodies.js'
import { type BodyRules, parseBody } from '../../src/bodies/parse-body.js'
import { BODY_LIMIT } from '../../src/http/options.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Tells how the route of a request reads its body. */
    bodyRules: (request: FastifyRequest) => BodyRules
  }
}

/**
 * Reads JSON bodies and no others. No body, an empty one and `{}` are the same, because the SDK sends an empty body with a
 * JSON content-type where none is needed. A thread reads large bodies: they are a LargeBody until plugins/secure-channel.ts takes them.
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
