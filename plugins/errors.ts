import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { bodyTooLarge } from '../src/bodies/parse-body.js'
import { CodedError, type ErrorCode } from '../src/errors.js'
import { BODY_LIMIT } from '../src/http/options.js'
import { InvalidRequest } from '../schemas/validation/validation-error.js'

declare module 'fastify' {
  interface FastifyReply {
    /** The code of the answered error. Empty: no error. */
    errorCode: ErrorCode | ''
  }
}

/** RFC 9110, section 15.5.2, demands a challenge with every 401. Basic would make browsers ask for a user name. */
export const CHALLENGE = 'Bearer realm="generator-client"'
export const METHODS = ['GET', 'POST', 'PUT', 'DELETE']

/** Turns every error into the envelope. The service's own faults are logged in full and answered without detail. */
export default fp<{ redact?: (message: string) => string }>(async (app, { redact = message => message }) => {
  app.decorateReply('errorCode', '')
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const coded = codedErrorFor(error, request)
    noteError(coded, error, request, reply)
    // A message may hold a supervisor's words.
    return reply.code(coded.statusCode).send({ ...coded.envelope, message: redact(coded.message) })
  })
  app.setNotFoundHandler(onNotFound)
  // Refuse before the body is read, because nobody would take it.
  app.addHook('preParsing', async (request, reply) => {
    if (request.is404) onNotFound(request, reply)
  })
}, { name: 'errors' })

/** Names the methods of an existing path. Otherwise says that there is no such endpoint. */
export function onNotFound (request: FastifyRequest, reply: FastifyReply): never {
  const path = request.url.replace(/\?.*/, '')
  const hasRoute = (method: string): boolean => request.server.findRoute({ method, url: path }) !== null
  // One route takes all files of the documentation, and reports a missing one itself.
  const allowed = hasRoute(request.method) ? [] : METHODS.filter(hasRoute)
  if (allowed.length === 0) {
    throw new CodedError('ROUTE_NOT_FOUND', 'There is no such endpoint. /documentation lists all endpoints.')
  }
  reply.header('allow', allowed.join(', '))
  throw new CodedError('METHOD_NOT_ALLOWED', `${request.method} is not possible here, use ${allowed.join(' or ')}`)
}

/** The log reports only the start of such a state, so that strangers cannot fill it. */
const LASTING: ErrorCode[] = ['API_KEY_UNREADABLE', 'NOT_READY', 'SERVICE_STOPPING']

function noteError (coded: CodedError, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (coded.statusCode === 401) reply.header('www-authenticate', CHALLENGE)
  // A stranger's body is not read. The connection survives a short body, but a long or endless one ends it.
  const { 'transfer-encoding': coding, 'content-length': length = 0 } = request.headers
  const mayHaveLongBody = coding !== undefined || Number(length) > BODY_LIMIT
  const isStranger = coded.code.startsWith('API_KEY_') || coded.code === 'CHANNEL_NOT_ATTESTED'
  if (isStranger && mayHaveLongBody) reply.header('connection', 'close')
  if (coded.statusCode >= 500 && !LASTING.includes(coded.code)) request.log.error({ err: error, code: coded.code }, 'request failed')
  reply.errorCode = coded.code
  // SDKs print only the status line.
  reply.raw.statusMessage = coded.code
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
