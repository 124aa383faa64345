import type { Server } from 'node:http'
import fastify, { type FastifyError, type FastifyHttpOptions, type FastifyReply, type FastifyRequest } from 'fastify'
import { isChecked } from './bodies/large-bodies.js'
import { describeValidationErrors } from '../schemas/validation-error.js'
import { createLazyCompilers } from './lazy-compilers.js'
import { answerProtocolError, protocolErrorFor } from './protocol-errors.js'
import { ajvFormats } from './schema-check.js'

const KIB = 1024
const MIB = 1024 * KIB

export const BODY_LIMIT = 256 * KIB
/** For generatorConfigSetup: 10,000 generators. */
export const SETUP_BODY_LIMIT = 4 * MIB

/** How Fastify is set up, in the server and in tests alike. */
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
  // Node looks for connections past their time once in this interval; its own default is 30 s. A missing Host is nobody's harm.
  http: { headersTimeout: 5000, connectionsCheckingInterval: 1000, requireHostHeader: false },
  clientErrorHandler: answerProtocolError,
  frameworkErrors: answerBadUrl,
  forceCloseConnections: 'idle',
  // Ours has the envelope (plugins/stopping.ts).
  return503OnClosing: false,
  // Our own line says less: Fastify's would show URLs with their queries.
  logController: new fastify.LogController({ disableRequestLogging: true }),
} satisfies FastifyHttpOptions<Server>

/** Fastify's routes have not been asked yet, so none of their hooks runs. */
function answerBadUrl ({ code }: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const { statusCode, envelope, code: errorCode } = protocolErrorFor(code)
  reply.raw.statusMessage = errorCode
  reply.code(statusCode).header('cache-control', 'no-store').send(envelope)
}

/** Log lines are made of allow-lists; should a library log a whole request or reply, nothing of it is shown. */
export const loggerOptions = {
  level: 'info',
  redact: ['req', 'res', 'headers'],
}
