import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import fp from 'fastify-plugin'
import { CodedError } from '../../src/errors.js'
import { answerProtocolError, headersOf, noteRequest } from '../../src/http/protocol-errors.js'

/** Refuses with a code the requests that Node and Fastify take, answer without the envelope, or never answer. */
export default fp(async (app) => {
  app.server.on('request', noteRequest)
  app.server.on('connect', (_request, socket) => answerProtocolError(new Error('CONNECT is for proxies'), socket))
  app.server.on('checkExpectation', (_request, response: ServerResponse) => {
    const error = new CodedError('EXPECTATION_FAILED', 'expect: only 100-continue is supported, leave the header out')
    response.writeHead(error.statusCode, error.code, headersOf(error)).end(JSON.stringify(error.envelope))
  })

  /** Clients that wait for 100 Continue before they send their body. */
  const waiting = new WeakSet<IncomingMessage>()
  app.server.on('checkContinue', (request, response) => {
    waiting.add(request)
    app.server.emit('request', request, response)
  })
  // All onRequest hooks have passed, including the API key's. No body is asked for earlier.
  app.addHook('preParsing', ({ raw }, reply, payload, done) => {
    if (waiting.delete(raw)) reply.raw.writeContinue()
    done(null, payload)
  })

  app.addHook('onRequest', ({ raw: { httpVersion } }, _reply, done) => {
    const isKnown = httpVersion === '1.1' || httpVersion === '1.0'
    done(isKnown ? undefined : new CodedError('HTTP_MALFORMED', `HTTP/${httpVersion} is not supported: send the request as HTTP/1.1`))
  })

  // This is not onRequest, because the API key comes first.
  app.addHook('preParsing', async ({ headers, raw }) => {
    if (await hasBytes(raw)) return
    // curl -d '', wget and aiohttp name a media type for an empty body.
    for (const name of BODY_HEADERS) delete headers[name]
  })
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const { 'content-encoding': coding = '' } = request.headers
    const isPlain = /^(identity)?$/i.test(coding) || request.routeOptions.schema?.body === undefined
    done(isPlain ? null : new CodedError('UNSUPPORTED_MEDIA_TYPE', 'content-encoding: send the body as it is, without compression'), payload)
  })
}, { name: 'protocol' })

/** These headers describe a body. Fastify looks for a body even if the length is `00`. */
const BODY_HEADERS = ['content-type', 'content-encoding', 'content-length', 'transfer-encoding']

/** Waits for the first bytes, or the end, of a body of unknown length. A client that leaves has not ended it. */
async function hasBytes (request: IncomingMessage): Promise<boolean> {
  const { 'transfer-encoding': coding, 'content-length': length = '0' } = request.headers
  if (coding === undefined) return Number(length) > 0
  if (request.readableLength === 0 && !request.complete) {
    const waiting = new AbortController()
    // Only 'end' reports an end that was noticed before.
    const events = ['readable', 'end', 'close'].map(async event => await once(request, event, { signal: waiting.signal }))
    await Promise.race(events).catch(() => {})
    waiting.abort()
    // A stream forgets a 'readable' listener a turn later. It would not flow for the parser until then.
    await setImmediate()
  }
  return request.readableLength > 0 || !request.complete
}
