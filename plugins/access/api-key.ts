import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { type ApiKey, openApiKey } from '../../src/access/api-key.js'
import { API_KEY_FILE } from '../../src/access/api-key-file.js'
import { credentialsOf } from '../../src/access/credentials.js'
import { parsePublicKey } from '../../src/enclave/public-key.js'
import { CodedError } from '../../src/errors.js'
import { createOccasionalReport } from '../../src/timing/occasional-report.js'
import { reasonOf } from '../../src/files/storage-errors.js'

declare module 'fastify' {
  interface FastifyInstance {
    apiKey: ApiKey
    /** Tells whether a request carries the right key. Counts no failed attempt. */
    carriesApiKey: (request: FastifyRequest) => boolean
    requireApiKey: onRequestHookHandler
  }
  interface FastifyContextConfig {
    /** Also accepts the previous key for its permitted uses, see src/access/api-key.ts. */
    rotatesApiKey?: boolean
  }
  interface FastifyRequest {
    /** The first digits of the digest of the key that let the request in. Null: no key was needed. */
    keyFingerprint: string | null
    /** Aborted when the key that let the request in is replaced. Null: a key was not needed, or was the previous one. */
    keyValidity: AbortSignal | null
  }
}

export default fp(async (app) => {
  const { API_KEY_SHA256: preset, API_KEY_RECIPIENT: recipient } = app.config
  if (preset?.toLowerCase() === hash('sha256', '')) throw new Error('Environment variable API_KEY_SHA256 is the digest of an empty key: set the SHA-256 of your key')
  const apiKey: ApiKey = await openApiKey({
    folder: app.dataFolder,
    isConfigured: app.wasConfigured,
    preset,
    onDigest: app.redactor.learnDigest,
    onWrittenAnew: () => app.audit({ action: API_KEY_FILE, fields: [], key: apiKey.fingerprint() }),
    onFault: reportFaults(app),
    disclose: recipient === undefined ? undefined : encryptionTo(recipient),
  })
  reportState(app, apiKey)
  app.decorate('apiKey', apiKey)
  app.decorateRequest('keyFingerprint', null)
  app.decorateRequest('keyValidity', null)
  app.decorate('carriesApiKey', request => {
    if (!app.mayCarrySecrets(request)) return false
    const credentials = credentialsOf(request.headers)
    if (credentials.length === 0) return false
    try {
      apiKey.authenticate(credentials)
      return true
    } catch {
      return false
    }
  })
  // This runs before the body is read, and after it, because a rotation may come in between.
  app.decorate('requireApiKey', (request, reply, done) => {
    if (request.keyValidity?.aborted === false) return done()
    try {
      request.keyFingerprint = authenticate(request)
      // The previous key may only rotate.
      if (request.keyFingerprint === apiKey.fingerprint()) {
        request.keyValidity = apiKey.validity()
        app.trustConnection(request.raw.socket)
      }
    } catch (error) {
      if (error instanceof CodedError && error.statusCode === 401) app.countFailedAttempt(reply)
      throw error
    }
    const saving = apiKey.saving()
    if (saving === null) return done()
    saving.then(() => done(), done)
  })

  function authenticate ({ headers, routeOptions: { config }, body }: FastifyRequest): string {
    const credentials = credentialsOf(headers)
    if (config.rotatesApiKey !== true) return apiKey.authenticate(credentials)
    return apiKey.authenticateRotation(credentials, body as { api_key_sha256?: string } | undefined)
  }
}, { name: 'api-key', dependencies: ['storage', 'audit', 'attested-only', 'failed-attempts', 'connections'] })

/** A background write of the key's file failed. The key in memory counts, and the write is repeated. */
function reportFaults ({ log }: FastifyInstance): (error: unknown) => void {
  let last: unknown
  const report = createOccasionalReport({
    report: () => log.error(`The API key's files could not be written (${reasonOf(last)}): the key counts as long as this service runs. Check the free space and the rights of CONFIG_DIR`),
  })
  return error => {
    last = error
    report()
  }
}

/** Throws an Error that names API_KEY_RECIPIENT if it is no public key. */
function encryptionTo (recipient: string): (key: string) => Promise<string> {
  try {
    const point = parsePublicKey(recipient)
    return async key => {
      // The curve's code takes 20 ms and 10 MB to load.
      const { encrypt } = await import('../../src/enclave/ecies.js')
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
