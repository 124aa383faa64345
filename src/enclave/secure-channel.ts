import { hash, randomBytes } from 'node:crypto'
import type { EncryptedAnswer, EncryptedRequest } from '../../schemas/encrypted.js'
import { decryptWith, encrypt, ephemeralPoint, messageKey } from './ecies.js'
import { ENCRYPTED_FIELDS, encryptedBodyInvalid as invalid } from './encrypted-body.js'
import { recoverSigner, signatureBytes, signEncoded } from './signing.js'

const KEY_BYTES = 65
const SIGNATURE_BYTES = 65
const SALT_BYTES = 64

export interface OpenedRequest {
  plaintext: Buffer
  /** The client's uncompressed public key of 65 bytes, to which the answer is encrypted. */
  responseKey: Buffer
  /** Tells whether the same message comes again. The rest of the body can be made anew by anybody. */
  digest: string
}

type Fields = Record<keyof EncryptedRequest, Buffer>

/** Opens a request of the Kalypso SDK's secure channel. Throws ENCRYPTED_BODY_INVALID, which names the field. */
export function openRequest (secret: Uint8Array, body: Partial<Record<keyof EncryptedRequest, unknown>>): OpenedRequest {
  const fields = readFields(body)
  return openFields(fields, messageKeyOf(secret, ephemeralPoint(fields.request)))
}

/** Derives the key of the one message with this ephemeral public key. Returns null if that is no point of the curve. */
export function messageKeyOf (secret: Uint8Array, point: Uint8Array): Buffer<ArrayBuffer> | null {
  try {
    return messageKey(secret, point)
  } catch {
    return null
  }
}

/** Throws ENCRYPTED_BODY_INVALID if a field is unknown, missing, or no byte array. */
export function readFields (body: Partial<Record<keyof EncryptedRequest, unknown>>): Fields {
  const unknown = Object.keys(body).find(name => !(ENCRYPTED_FIELDS as readonly string[]).includes(name))
  if (unknown !== undefined) throw invalid(unknown.slice(0, 64), 'is not a known field here, remove it')
  return {
    request: bytesOf('request', body.request),
    response_key: bytesOf('response_key', body.response_key, KEY_BYTES),
    signature: bytesOf('signature', body.signature, SIGNATURE_BYTES),
  }
}

/** Decrypts with the key of `messageKeyOf`, and checks the signature. Throws ENCRYPTED_BODY_INVALID. */
export function openFields ({ request, response_key: responseKey, signature }: Fields, key: Uint8Array | null): OpenedRequest {
  const plaintext = decryptRequest(key, request)
  const signer = recoverSigner(signature, request, responseKey)
  if (signer === null || !responseKey.equals(signer)) throw invalid('signature', 'does not fit: sign this request with the key of response_key')
  return { plaintext, responseKey, digest: hash('sha256', request, 'base64') }
}

function decryptRequest (key: Uint8Array | null, request: Buffer): Buffer {
  try {
    if (key !== null) return decryptWith(key, request)
  } catch {
    // The tag does not fit. The request was altered, or is for another key.
  }
  throw invalid('request', "cannot be decrypted with this enclave's key: fetch the public key again and encrypt to it")
}

export function sealAnswer (secret: Uint8Array, responseKey: Uint8Array, data: unknown): EncryptedAnswer {
  const response = encrypt(responseKey, Buffer.from(JSON.stringify(data)))
  const salt = randomBytes(SALT_BYTES)
  return { response: [...response], salt: [...salt], signature: [...signatureBytes(signEncoded(secret, response, salt))] }
}

function bytesOf (field: keyof EncryptedRequest, values: unknown, length?: number): Buffer {
  const isByte = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 255
  if (!Buffer.isBuffer(values) && !(Array.isArray(values) && values.every(isByte))) throw invalid(field, 'must be an array of bytes, integers from 0 to 255')
  if (length !== undefined && values.length !== length) throw invalid(field, `must have ${length} bytes`)
  return Buffer.from(values)
}
