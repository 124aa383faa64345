import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { CodedError } from '../src/errors.js'
import { bodyTooLarge } from './errors.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `accepted`: the body may be encrypted. `required`: it must be. The route's schema describes the plain body. */
    encryptedBody?: 'accepted' | 'required'
    /** The limit of a plain body in bytes. The route's bodyLimit leaves room for the encrypted form. */
    plainBodyLimit?: number
  }
  interface FastifyRequest {
    /** The answer is encrypted to this key. Null: the request was plain. */
    responseKey: Buffer | null
  }
}

/** Validates and handles encrypted bodies of the SDK's secure channel like plain ones, and encrypts their answers. */
export default fp(async (app) => {
  const { REQUIRE_ENCRYPTION } = app.config
  app.decorateRequest('responseKey', null)

  app.addHook('onRoute', route => {
    if (route.config?.encryptedBody === undefined) return
    route.preValidation = openBody
    route.preSerialization = sealAnswer
  })

  async function openBody (request: FastifyRequest): Promise<void> {
    const { encryptedBody } = request.routeOptions.config
    if (encryptedBody === 'required' || isEncrypted(request.body)) return await decryptBody(request)
    if (REQUIRE_ENCRYPTION && carriesPrivateKey(request.body)) {
      throw new CodedError('ENCRYPTION_REQUIRED', 'private_key: send it in an encrypted body only, this service runs with REQUIRE_ENCRYPTION')
    }
  }

  async function sealAnswer (request: FastifyRequest, _reply: FastifyReply, payload: unknown): Promise<unknown> {
    if (request.responseKey === null || !isSuccess(payload)) return payload
    return { ...payload, data: await app.enclaveKey.seal(payload.data, request.responseKey) }
  }

  async function decryptBody (request: FastifyRequest): Promise<void> {
    const { plainBodyLimit = Infinity } = request.routeOptions.config
    const body = Object(request.body)
    if (body.request?.length > plainBodyLimit + ECIES_OVERHEAD_BYTES) throw bodyTooLarge(plainBodyLimit)
    const { plaintext, responseKey } = await app.enclaveKey.open(body)
    request.body = app.parseJsonBody(request, plaintext)
    request.responseKey = responseKey
  }
}, { name: 'secure-channel', dependencies: ['json-body', 'enclave'] })

/** Encryption adds these bytes to a body (src/enclave/ecies.ts). */
const ECIES_OVERHEAD_BYTES = 97

function isEncrypted (body: unknown): boolean {
  return ['request', 'response_key', 'signature'].every(field => Object.hasOwn(Object(body), field))
}

function carriesPrivateKey (body: unknown): boolean {
  const { private_key: privateKey, runtime_config: runtime } = Object(body)
  return privateKey !== undefined || Object(runtime).private_key !== undefined
}

function isSuccess (payload: unknown): payload is { status: 'success', data: unknown } {
  return Object(payload).status === 'success'
}
