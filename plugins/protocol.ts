import type { ServerResponse } from 'node:http'
import fp from 'fastify-plugin'
import { CodedError } from '../src/errors.js'
import { answerProtocolError, headersOf, noteRequest } from '../src/protocol-errors.js'

/** What Node and Fastify take, answer without the envelope, or leave without an answer: each is refused with a code. */
export default fp(async (app) => {
  app.server.on('request', noteRequest)
  app.server.on('connect', (_request, socket) => answerProtocolError(new Error('CONNECT is for proxies'), socket))
  app.server.on('checkExpectation', (_request, response: ServerResponse) => {
    const error = new CodedError('EXPECTATION_FAILED', 'Expect: leave this header out, only 100-continue is known here')
    response.writeHead(error.statusCode, error.code, headersOf(error)).end(JSON.stringify(error.envelope))
  })

  app.addHook('onRequest', ({ raw: { httpVersion } }, _reply, done) => {
    const isKnown = httpVersion === '1.1' || httpVersion === '1.0'
    done(isKnown ? undefined : new CodedError('HTTP_MALFORMED', `HTTP/${httpVersion} is not spoken here: send the request as HTTP/1.1`))
  })

  // Not onRequest: the API key comes first.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const { 'content-encoding': coding = '', 'content-length': length } = request.headers
    const isPlain = Number(length) === 0 || /^(identity)?$/i.test(coding) || request.routeOptions.schema?.body === undefined
    done(isPlain ? null : new CodedError('UNSUPPORTED_MEDIA_TYPE', 'content-encoding: send the body as it is, without compression'), payload)
  })
}, { name: 'protocol' })
