import { ERRORS, type ErrorCode } from '../../src/errors.js'

/** Every route can answer these: the request does not arrive whole, or the service stops or fails. */
const ALWAYS: ErrorCode[] = [
  'HTTP_MALFORMED', 'REQUEST_TIMEOUT', 'HEADERS_TOO_LARGE', 'EXPECTATION_FAILED', 'SERVICE_STOPPING', 'INTERNAL_ERROR'
]
const WITH_KEY: ErrorCode[] = [
  'API_KEY_MISSING', 'API_KEY_INVALID', 'API_KEY_NOT_GENERATED', 'API_KEY_UNREADABLE', 'TOO_MANY_FAILED_ATTEMPTS'
]
const WITH_BODY: ErrorCode[] = ['INVALID_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE']

/** Decides which errors a route can answer. */
export interface ErrorSources {
  /** It may be refused on plain HTTP. */
  needsChannel: boolean
  needsKey: boolean
  hasQuery: boolean
  hasBody: boolean
  encryptedBody: 'accepted' | 'required' | undefined
  /** The same encrypted body may come again. */
  isRepeatable: boolean
  /** The codes that the route lists itself. */
  errors: readonly ErrorCode[]
}

/** Lists every code that a route can answer, by status. */
export function errorCodesByStatus ({
  needsChannel, needsKey, hasQuery, hasBody, encryptedBody, isRepeatable, errors
}: ErrorSources): Map<number, ErrorCode[]> {
  const codes = new Set<ErrorCode>([
    ...needsChannel ? ['CHANNEL_NOT_ATTESTED'] as const : [],
    ...needsKey ? WITH_KEY : [],
    ...hasBody || hasQuery ? ['INVALID_REQUEST'] as const : [],
    ...hasBody ? WITH_BODY : [],
    ...encryptedBody !== undefined ? ['ENCRYPTED_BODY_INVALID'] as const : [],
    ...encryptedBody !== undefined && !isRepeatable ? ['REPLAYED'] as const : [],
    ...encryptedBody === 'accepted' ? ['ENCRYPTION_REQUIRED'] as const : [],
    ...errors,
    ...ALWAYS,
  ])
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes) {
    const { statusCode } = ERRORS[code]
    byStatus.set(statusCode, [...byStatus.get(statusCode) ?? [], code])
  }
  return byStatus
}
