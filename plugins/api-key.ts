import type { FastifyRequest, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { type ApiKey, openApiKey } from '../src/api-key.js'

declare module 'fastify' {
  interface FastifyInstance {
    apiKey: ApiKey
    requireApiKey: onRequestHookHandler
  }
  interface FastifyRequest {
    /** First digits of the digest of the key that let the request in; null where none was needed. */
    keyFingerprint: string | null
  }
}

export default fp(async (app) => {
  const apiKey = await openApiKey({ folder: app.dataFolder })
  if (apiKey.damage !== null) app.log.error(`The API key file ${apiKey.damage}: every request is refused until it is restored`)
  app.decorate('apiKey', apiKey)
  app.decorateRequest('keyFingerprint', null)
  app.decorate('requireApiKey', (request, _reply, done) => {
    request.keyFingerprint = apiKey.authenticate(credentialsOf(request.headers))
    done()
  })
}, { name: 'api-key', dependencies: ['storage'] })

/** All that may be the key: the header api-key, a Bearer token, the password of Basic authentication. */
function credentialsOf (headers: FastifyRequest['headers']): string[] {
  const credentials = []
  const apiKey = headers['api-key']
  // Node joins headers of one name.
  if (typeof apiKey === 'string') credentials.push(...apiKey.split(', '))
  const [, scheme, value] = /^(bearer|basic) +(\S+)$/i.exec(headers.authorization ?? '') ?? []
  if (scheme !== undefined && value !== undefined) {
    credentials.push(scheme.toLowerCase() === 'bearer' ? value : passwordOf(value))
  }
  return credentials
}

function passwordOf (basic: string): string {
  const pair = Buffer.from(basic, 'base64').toString()
  return pair.slice(pair.indexOf(':') + 1)
}
