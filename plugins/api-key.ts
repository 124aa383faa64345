import { hash } from 'node:crypto'
import type { FastifyInstance, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { type ApiKey, openApiKey } from '../src/api-key.js'
import { API_KEY_FILE } from '../src/api-key-file.js'
import { credentialsOf } from '../src/credentials.js'
import { parsePublicKey } from '../src/enclave/public-key.js'
import { CodedError } from '../src/errors.js'

declare module 'fastify' {
  interface FastifyInstance {
    apiKey: ApiKey
    /** Whether a request has the right key with it. It counts no failed attempt. */
    carriesApiKey: (request: FastifyRequest) => boolean
    requireApiKey: onRequestHookHandler
  }
  interface FastifyRequest {
    /** First digits of the digest of the key that let the request in; null where none was needed. */
    keyFingerprint: string | null
  }
}

export default fp(async (app) => {
  const { API_KEY_SHA256: preset, API_KEY_RECIPIENT: recipient } = app.config
  if (preset?.toLowerCase() === hash('sha256', '')) throw new Error('Environment variable API_KEY_SHA256 is the digest of nothing: make it of a key that is not empty')
  const apiKey = await openApiKey({ folder: app.dataFolder, preset, onDigest: app.redactor.learnDigest, disclose: recipient === undefined ? undefined : encryptionTo(recipient) })
  reportState(app, apiKey)
  app.decorate('apiKey', apiKey)
  app.decorateRequest('keyFingerprint', null)
  app.decorate('carriesApiKey', ({ headers }) => {
    const credentials = credentialsOf(headers)
    if (credentials.length === 0) return false
    try {
      apiKey.authenticate(credentials)
      return true
    } catch {
      return false
    }
  })
  app.decorate('requireApiKey', (request, reply, done) => {
    try {
      request.keyFingerprint = apiKey.authenticate(credentialsOf(request.headers))
      app.trustConnection(request.raw.socket)
    } catch (error) {
      if (error instanceof CodedError && error.statusCode === 401) app.countFailedAttempt(reply)
      throw error
    }
    done()
  })
}, { name: 'api-key', dependencies: ['storage', 'audit', 'failed-attempts', 'connections'] })

/** Throws an Error that names API_KEY_RECIPIENT where it is no public key. */
function encryptionTo (recipient: string): (key: string) => Promise<string> {
  try {
    const point = parsePublicKey(recipient)
    return async key => {
      // The curve's code takes some 20 ms and 10 MB to load.
      const { encrypt } = await import('../src/enclave/ecies.js')
      return encrypt(point, Buffer.from(key)).toString('hex')
    }
  } catch (error) {
    throw new Error(`Environment variable API_KEY_RECIPIENT: ${(error as Error).message}`, { cause: error })
  }
}

function reportState ({ log, audit }: FastifyInstance, { damage, presetUse, fingerprint }: ApiKey): void {
  if (damage !== null) log.error(`${API_KEY_FILE} ${damage.damage}: every request is refused. ${damage.remedy}`)
  if (presetUse === 'taken over') audit({ action: 'API_KEY_SHA256', fields: [], key: null, new_key: fingerprint() })
  if (presetUse === 'replaced') {
    log.warn(`API_KEY_SHA256 is not in force: the key in ${API_KEY_FILE} has replaced it since. Set the digest of another key to get in without that one`)
  }
}
