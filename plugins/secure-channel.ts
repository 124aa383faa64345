import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { LargeBody } from '../src/bodies/large-bodies.js'
import { openBody } from '../src/bodies/open-body.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `accepted`: the body may be encrypted. `required`: it must be. The route's schema describes the plain body. */
    encryptedBody?: 'accepted' | 'required'
    /** The most bytes that a plain body may have. The route's bodyLimit leaves room for the encrypted form. */
    plainBodyLimit?: number
  }
  interface FastifyRequest {
    /** The key to encrypt the answer to; null for a plain request. */
    responseKey: Uint8Array | null
  }
}

/** Validates and handles encrypted bodies of the SDK's secure channel like plain ones, and encrypts their answers. */
export default fp(async (app) => {
  app.decorateRequest('responseKey', null)

  app.addHook('onRoute', route => {
    if (route.config?.encryptedBody === undefined) return
    route.preValidation = takeBody
    route.preSerialization = sealAnswer
  })

  async function takeBody (request: FastifyRequest): Promise<void> {
    const opened = request.body instanceof LargeBody ? request.body.outcome : await openBody(request.body, app.bodyRules(request), app.enclaveKey.open)
    if (opened instanceof Error) throw opened
    request.body = opened.body
    request.responseKey = opened.responseKey
  }

  async function sealAnswer (request: FastifyRequest, _reply: FastifyReply, payload: unknown): Promise<unknown> {
    if (request.responseKey === null || !isSuccess(payload)) return payload
    return { ...payload, data: await app.enclaveKey.seal(payload.data, request.responseKey) }
  }
}, { name: 'secure-channel', dependencies: ['json-body', 'enclave'] })

function isSuccess (payload: unknown): payload is { status: 'success', data: unknown } {
  return Object(payload).status === 'success'
}
