import { isUtf8 } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { readEncryptedBody } from '../../src/enclave/encrypted-body.js'
import { dropNulls } from '../../src/config/drop-nulls.js'
import { CodedError } from '../../src/errors.js'
import { type Excess, findExcess } from '../../src/http/json-excess.js'
import { shownName } from '../../schemas/validation/shown-name.js'
import { findRepeatedKey } from '../../src/http/repeated-key.js'
import { bodyTooLarge } from '../errors.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Parses a JSON body and removes nulls from optional fields. Throws INVALID_JSON, INVALID_REQUEST. */
    parseJsonBody: (request: FastifyRequest, bytes: Buffer) => unknown
  }
}

/** Bodies need four levels: runtime_config, markets, market, port. 10,000 generators have 30,000 keys. */
const MAXIMUM: Record<Excess, number> = { levels: 32, keys: 32_768 }
const EXCESS: Record<Excess, string> = {
  levels: `The body nests arrays and objects more than ${MAXIMUM.levels} levels deep: send a flatter one`,
  keys: `The body has more than ${MAXIMUM.keys} keys: send fewer`,
}

/**
 * Accepts JSON only. Both generations of the SDK send an empty body with a JSON content-type if no body is needed. An
 * empty body, no body and `{}` mean the same.
 */
export default fp(async (app) => {
  const parse = app.getDefaultJsonParser('error', 'error')

  app.decorate('parseJsonBody', (request, bytes) => {
    // Decoding would silently replace invalid UTF-8 by U+FFFD.
    if (!isUtf8(bytes)) throw new CodedError('INVALID_JSON', 'The body is not UTF-8: send JSON in UTF-8')
    const excess = findExcess(bytes, MAXIMUM)
    if (excess !== undefined) throw new CodedError('INVALID_REQUEST', EXCESS[excess])
    const text = bytes.toString()
    let parsed: unknown
    parse(request, text, (error, value) => {
      // A parser's own message may quote the body, which may hold a key.
      if (error !== null) throw new CodedError('INVALID_JSON', 'The body is not valid JSON, or has a key that is not allowed (__proto__, constructor)')
      parsed = value
    })
    const repeated = findRepeatedKey(text)
    if (repeated !== undefined) throw new CodedError('INVALID_JSON', `The body has the key "${shownName(repeated)}" twice in one object: send it once`)
    dropNulls(Object(request.routeOptions.schema?.body), parsed)
    return parsed
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const { encryptedBody, plainBodyLimit = Infinity } = request.routeOptions.config
    const encrypted = encryptedBody === undefined ? null : readEncryptedBody(body)
    if (encrypted === null && body.length > plainBodyLimit) throw bodyTooLarge(plainBodyLimit)
    return encrypted ?? app.parseJsonBody(request, body)
  })

  app.addHook('preValidation', (request, _reply, done) => {
    if (request.body === undefined && request.routeOptions.schema?.body !== undefined) request.body = {}
    done()
  })
}, { name: 'json-body' })
