import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import fastify, { type ConnectionError, type FastifyError, type FastifyHttpOptions, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { isClientHello } from '../channel/tls-on-port.js'
import { isChecked } from '../bodies/large-bodies.js'
import { describeValidationErrors } from '../../schemas/validation/validation-error.js'
import { createLazyCompilers } from './lazy-compilers.js'
import { answerProtocolError, protocolErrorFor } from './protocol-errors.js'
import { ajvFormats } from '../../schemas/validation/formats.js'

const KIB = 1024
const MIB = 1024 * KIB

export const BODY_LIMIT = 256 * KIB
/** Suffices for a generatorConfigSetup of 10,000 generators. */
export const SETUP_BODY_LIMIT = 4 * MIB

export const fastifyOptions = {
  ajv: {
    customOptions: {
      coerceTypes: false,
      removeAdditional: false,
      useDefaults: false,
      allErrors: false,
      formats: ajvFormats,
    },
  },
  schemaController: { compilersFactory: createLazyCompilers({ isChecked }) },
  schemaErrorFormatter: describeValidationErrors,
  bodyLimit: BODY_LIMIT,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  // Node looks for overdue connections once in this interval, by default every 30 s. No route needs the Host header.
  http: { headersTimeout: 5000, connectionsCheckingInterval: 1000, requireHostHeader: false },
  clientErrorHandler: onClientError,
  frameworkErrors: answerBadUrl,
  forceCloseConnections: 'idle',
  // Our own answer has the envelope (plugins/http/stopping.ts).
  return503OnClosing: false,
  // Fastify's own line would show URLs with their queries.
  logController: new fastify.LogController({ disableRequestLogging: true }),
} satisfies FastifyHttpOptions<Server>

/** A server without a listener for `clientHello` serves no TLS. */
function onClientError (this: FastifyInstance, error: ConnectionError, socket: Socket): void {
  const { rawPacket: bytes } = error
  const isTaken = isClientHello(bytes, socket) && this.server.emit('clientHello', socket, bytes)
  if (!isTaken) answerProtocolError(error, socket)
}

/** Answers here, because no hook of a route has run yet. */
function answerBadUrl ({ code }: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const { statusCode, envelope, code: errorCode } = protocolErrorFor(code)
  reply.raw.statusMessage = errorCode
  reply.code(statusCode).header('cache-control', 'no-store').send(envelope)
}

/** Log lines are built from allow-lists. A whole request or reply that a library logs stays hidden. */
export const loggerOptions = {
  level: 'info',
  redact: ['req', 'res', 'headers'],
}
