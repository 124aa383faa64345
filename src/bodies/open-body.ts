import type { EncryptedRequest } from '../../schemas/encrypted.js'
import type { OpenedRequest } from '../enclave/secure-channel.js'
import { CodedError } from '../errors.js'
import { type BodyRules, bodyTooLarge, parseJson } from './parse-body.js'

export interface OpenedBody {
  body: unknown
  /** The key to encrypt the answer to; null for a plain request. */
  responseKey: Uint8Array | null
  /** The digest of an encrypted message; null for a plain request. */
  digest: string | null
}

/** Encryption adds this much: see src/enclave/ecies.ts. */
const ECIES_OVERHEAD_BYTES = 97

/** Returns the plain body of a parsed one. Throws BODY_TOO_LARGE, ENCRYPTION_REQUIRED, and the errors of `decrypt` and `parseJson`. */
export async function openBody (
  parsed: unknown, rules: BodyRules, decrypt: (body: Partial<EncryptedRequest>) => Promise<OpenedRequest>
): Promise<OpenedBody> {
  const { encryption, requireEncryption, plainBodyLimit, schema } = rules
  const isEncrypted = ['request', 'response_key', 'signature'].every(field => Object.hasOwn(Object(parsed), field))
  if (encryption === 'required' || (encryption === 'accepted' && isEncrypted)) {
    const encrypted = Object(parsed)
    if (encrypted.request?.length > plainBodyLimit + ECIES_OVERHEAD_BYTES) throw bodyTooLarge(plainBodyLimit)
    const { plaintext, responseKey, digest } = await decrypt(encrypted)
    return { body: parseJson(plaintext, schema), responseKey, digest }
  }
  if (requireEncryption && carriesPrivateKey(parsed)) {
    throw new CodedError('ENCRYPTION_REQUIRED', 'private_key: send it in an encrypted body or in TLS only, this service runs with REQUIRE_ENCRYPTION')
  }
  return { body: parsed, responseKey: null, digest: null }
}

function carriesPrivateKey (body: unknown): boolean {
  const { private_key: privateKey, runtime_config: runtime } = Object(body)
  return privateKey !== undefined || Object(runtime).private_key !== undefined
}
