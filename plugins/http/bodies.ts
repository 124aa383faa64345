import type { TSchema } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { createLargeBodies, LargeBody } from '../../src/bodies/large-bodies.js'
import { openBody } from '../../src/bodies/open-body.js'
import { type BodyRules, parseBody } from '../../src/bodies/parse-body.js'
import { createReplays } from '../../src/channel/replays.js'
import { isTls } from '../../src/channel/tls-on-port.js'
import { CodedError } from '../../src/errors.js'
import { BODY_LIMIT } from '../../src/http/options.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `accepted`: the body may be encrypted. `required`: it must be. The route's schema describes the plain body. */
    encryptedBody?: 'accepted' | 'required'
    /** The most bytes that a plain body may have. The route's bodyLimit leaves room for the encrypted form. */
    plainBodyLimit?: number
    /** The same encrypted body may come again, because nothing changes. */
    repeatable?: true
  }
  interface FastifyRequest {
    /** The key to encrypt the answer to; null for a plain request. */
    responseKey: Uint8Array | null
    /** The digest of an encrypted body that may not come again; null for every other request. */
    singleUse: string | null
  }
}

/**
 * Reads JSON bodies and no others. No body, an empty one and `{}` are the same, because the SDK sends an empty body
 * with a JSON content-type where none is needed. A thread reads large bodies. Validates and handles encrypted bodies
 * of the SDK's secure channel like plain ones, and encrypts their answers. Refuses an encrypted body that the host has kept
 * and sends again. TLS needs no such check.
 */
export default fp(async (app) => {
  const { REQUIRE_ENCRYPTION: requireEncryption } = app.config
  const replays = createReplays()
  const readLargeBody = createLargeBodies({ messageKey: app.enclaveKey.messageKey })

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, readBody)

  app.addHook('preValidation', (request, _reply, done) => {
    if (request.body === undefined && request.routeOptions.schema?.body !== undefined) request.body = {}
    done()
  })

  app.decorateRequest('responseKey', null)
  app.decorateRequest('singleUse', null)
  app.addHook('onRoute', route => {
    if (route.config?.encryptedBody === undefined) return
    route.preValidation = takeBody
    route.preSerialization = sealAnswer
    route.onSend = endMessage
  })

  function rulesFor ({ raw: { socket }, routeOptions: { schema, config } }: FastifyRequest): BodyRules {
    const { encryptedBody: encryption, plainBodyLimit = Infinity } = config
    return { encryption, requireEncryption: requireEncryption && !isTls(socket), plainBodyLimit, schema: schema?.body as TSchema | undefined }
  }

  async function readBody (request: FastifyRequest, bytes: Buffer<ArrayBuffer>): Promise<unknown> {
    const rules = rulesFor(request)
    return bytes.length > BODY_LIMIT ? await readLargeBody(bytes, rules) : parseBody(bytes, rules)
  }

  async function takeBody (request: FastifyRequest): Promise<void> {
    const opened = request.body instanceof LargeBody
      ? request.body.outcome
      : await openBody(request.body, rulesFor(request), app.enclaveKey.open)
    if (opened instanceof Error) throw opened
    request.body = opened.body
    request.responseKey = opened.responseKey
    if (opened.digest === null || request.routeOptions.config.repeatable === true || isTls(request.raw.socket)) return
    if (!replays.begin(opened.digest)) {
      throw new CodedError('REPLAYED', 'This encrypted body has come before, and is not carried out again: encrypt the request anew to send it again')
    }
    request.singleUse = opened.digest
  }

  async function endMessage ({ singleUse }: FastifyRequest, { statusCode }: FastifyReply): Promise<void> {
    if (singleUse !== null) replays.end(singleUse, { isCarriedOut: statusCode < 300 })
  }

  async function sealAnswer (request: FastifyRequest, _reply: FastifyReply, payload: unknown): Promise<unknown> {
    const { status, data } = Object(payload)
    if (request.responseKey === null || status !== 'success') return payload
    return { ...Object(payload), data: await app.enclaveKey.seal(data, request.responseKey) }
  }
}, { name: 'bodies', dependencies: ['enclave'] })
