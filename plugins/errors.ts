import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { bodyTooLarge } from '../src/bodies/parse-body.js'
import { CodedError, type ErrorCode } from '../src/errors.js'
import { BODY_LIMIT } from '../src/http/options.js'
import { InvalidRequest } from '../schemas/validation/validation-error.js'

declare module 'fastify' {
  interface FastifyReply {
    /** The code of the error that is answered; empty for none. */
    errorCode: ErrorCode | ''
  }
}

/** RFC 9110, section 15.5.2, wants one with every 401. Basic would have browsers ask for a user name. */
export const CHALLENGE = 'Bearer realm="generator-client"'
export const METHODS = ['GET', 'POST', 'PUT', 'DELETE']

/** Turns every error into the envelope. Faults of the service itself are logged in full and answered without detail. */
export default fp<{ redact?: (message: string) => string }>(async (app, { redact = message => message }) => {
  app.decorateReply('errorCode', '')
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const coded = codedErrorFor(error, request)
    noteError(coded, error, request, reply)
    // A message may have the words of a supervisor.
    return reply.code(coded.statusCode).send({ ...coded.envelope, message: redact(coded.message) })
  })
  app.setNotFoundHandler(onNotFound)
  // Before a body is read: what is wrong with it does not matter where there is nobody to take it.
  app.addHook('preParsing', async (request, reply) => {
    if (request.is404) onNotFound(request, reply)
  })
}, { name: 'errors' })

/** Names the methods of a path that exists, else says that there is no such endpoint. */
export function onNotFound (request: FastifyRequest, reply: FastifyReply): never {
  const path = request.url.replace(/\?.*/, '')
  const hasRoute = (method: string): boolean => request.server.findRoute({ method, url: path }) !== null
  // The documentation's files have a route that takes them all, and says itself that one is missing.
  const allowed = hasRoute(request.method) ? [] : METHODS.filter(hasRoute)
  if (allowed.length === 0) {
    throw new CodedError('ROUTE_NOT_FOUND', 'There is no such endpoint. /documentation lists all endpoints.')
  }
  reply.header('allow', allowed.join(', '))
  throw new CodedError('METHOD_NOT_ALLOWED', `${request.method} is not possible here, use ${allowed.join(' or ')}`)
}

/** The log tells of these once, when they begin: strangers could fill it with them. */
const LASTING: ErrorCode[] = ['API_KEY_UNREADABLE', 'NOT_READY', 'SERVICE_STOPPING']

function noteError (coded: CodedError, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (coded.statusCode === 401) reply.header('www-authenticate', CHALLENGE)
  if (coded.code.startsWith('API_KEY_') && mayHaveLongBody(request)) reply.header('connection', 'close')
  if (coded.statusCode >= 500 && !LASTING.includes(coded.code)) request.log.error({ err: error, code: coded.code }, 'request failed')
  reply.errorCode = coded.code
  // SDKs print only the status line.
  reply.raw.statusMessage = coded.code
}

/** A stranger's body is not read: after a short one the connection goes on, a long or endless one ends it. */
function mayHaveLongBody ({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > BODY_LIMIT
}

function codedErrorFor (error: FastifyError | CodedError, { routeOptions: { bodyLimit, config } }: FastifyRequest): CodedError {
  if (error instanceof CodedError) return error
  if (error instanceof InvalidRequest) {
    return new CodedError('INVALID_REQUEST', error.message, { data: { field: error.field } })
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return bodyTooLarge(config.plainBodyLimit ?? bodyLimit)
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new CodedError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as content-type: application/json')
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new CodedError('INVALID_REQUEST', error.message)
  }
  return new CodedError('INTERNAL_ERROR', 'The service failed on this request; its log has the details')
}
