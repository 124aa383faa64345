import fp from 'fastify-plugin'
import { CodedError } from '../src/errors.js'

/**
 * JSON is the only body. Both generations of the SDK send an empty body with a JSON content-type where none is needed:
 * that, no body at all and `{}` are the same.
 */
export default fp(async (app) => {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') return done(null, undefined)
    parseJson(request, body, (error, value) => {
      // The parser's own message quotes the body, which may hold a key.
      if (error !== null) return done(new CodedError('INVALID_JSON', 'The body is not valid JSON, or has a key that is not allowed (__proto__, constructor)'))
      done(null, value)
    })
  })
  app.addHook('preValidation', async request => {
    if (request.body === undefined && request.routeOptions.schema?.body !== undefined) request.body = {}
  })
}, { name: 'json-body' })
