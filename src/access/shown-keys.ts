import { hash, timingSafeEqual } from 'node:crypto'
import { API_KEY_FILE, type Damage, type KeyState, type StoredKey } from './api-key-file.js'
import { CodedError } from '../errors.js'

/** The key that the credentials show: the one in force or the previous one. `digest` is its SHA-256 in hex. */
export interface ShownKey { stored: StoredKey, standing: 'current' | 'previous', digest: string }

/** Throws API_KEY_MISSING, API_KEY_INVALID, API_KEY_NOT_GENERATED, API_KEY_UNREADABLE. */
export function findShownKey (stored: KeyState, credentials: string[]): ShownKey {
  if ('damage' in stored) throw unreadable(stored)
  if ('missing' in stored) {
    throw new CodedError('API_KEY_NOT_GENERATED', 'No API key exists yet: call POST /api/generateApiKey first')
  }
  if (credentials.length === 0) {
    throw new CodedError('API_KEY_MISSING', 'Send the API key in the header api-key, as a Bearer token, or as the password of Basic authentication')
  }
  // A preset may by mistake be the digest of the empty text.
  const shown = credentials.filter(credential => credential !== '').map(credential => hash('sha256', credential, 'buffer'))
  const isShown = (digest: string): boolean => shown.some(one => timingSafeEqual(one, Buffer.from(digest, 'hex')))
  if (isShown(stored.digest)) return { stored, standing: 'current', digest: stored.digest }
  if (stored.previous !== null && isShown(stored.previous.digest)) return { stored, standing: 'previous', digest: stored.previous.digest }
  throw invalidKey()
}

export function invalidKey (): CodedError {
  return new CodedError('API_KEY_INVALID', 'The API key is wrong: send the one that generateApiKey or rotateApiKey answered last')
}

/** The first 32 bits of the digest. They tell keys apart in the log and help nobody to find the key. */
export function fingerprintOf (digest: string): string {
  return digest.slice(0, 8)
}

export function unreadable ({ damage, remedy }: Damage): CodedError {
  return new CodedError('API_KEY_UNREADABLE', `${API_KEY_FILE} ${damage}. ${remedy}`)
}
