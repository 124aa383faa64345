import { randomBytes } from 'node:crypto'
import { keccak256, SigningKey } from 'ethers/crypto'
import { hashMessage } from 'ethers/hash'
import { getBytes, hexlify } from 'ethers/utils'
import type { EncryptedAnswer, EncryptedRequest } from '../../schemas/encrypted.js'
import { decrypt, encrypt } from './ecies.js'
import { ENCRYPTED_FIELDS, encryptedBodyInvalid as invalid } from './encrypted-body.js'
import { signEncoded } from './signing.js'

const KEY_BYTES = 65
const SIGNATURE_BYTES = 65
const SALT_BYTES = 64

export interface OpenedRequest {
  /** The plain JSON body, as it was before encryption. */
  plaintext: Buffer
  /** The client's uncompressed public key, to encrypt the answer to: 65 bytes. */
  responseKey: Buffer
}

/**
 * Opens a request of the secure channel (kalypso.md, section 2) with the enclave's secret.
 * Throws ENCRYPTED_BODY_INVALID, which names `request`, `response_key` or `signature`.
 */
export function openRequest (secret: Uint8Array, body: Partial<Record<keyof EncryptedRequest, unknown>>): OpenedRequest {
  const unknown = Object.keys(body).find(name => !(ENCRYPTED_FIELDS as readonly string[]).includes(name))
  if (unknown !== undefined) throw invalid(unknown.slice(0, 64), 'is not a known field here, remove it')
  const request = bytesOf('request', body.request)
  const responseKey = bytesOf('response_key', body.response_key, KEY_BYTES)
  const signature = bytesOf('signature', body.signature, SIGNATURE_BYTES)
  // The signature's hash takes 100 times as long as the decryption: what is not meant for this enclave is not worth it.
  const plaintext = decryptRequest(secret, request)
  if (!isSignedBy(responseKey, signature, request)) throw invalid('signature', 'is not the one of response_key over this request')
  return { plaintext, responseKey }
}

function decryptRequest (secret: Uint8Array, request: Buffer): Buffer {
  try {
    return decrypt(secret, request)
  } catch {
    throw invalid('request', "cannot be decrypted with this enclave's key: fetch the public key again and encrypt to it")
  }
}

/** Encrypts the data of an answer to the client, signed by the enclave's key. */
export function sealAnswer (secret: Uint8Array, responseKey: Uint8Array, data: unknown): EncryptedAnswer {
  const response = encrypt(responseKey, Buffer.from(JSON.stringify(data)))
  const salt = randomBytes(SALT_BYTES)
  const { r, s, v } = signEncoded(secret, ['bytes', 'bytes'], [response, salt])
  const signature = Buffer.concat([getBytes(r), getBytes(s), Uint8Array.of(v)])
  return { response: [...response], salt: [...salt], signature: [...signature] }
}

/** Whether the 65-byte r|s|v is the key's personal_sign over keccak256(abi.encode(bytes request, bytes response_key)). */
function isSignedBy (key: Buffer, signature: Buffer, request: Buffer): boolean {
  const [r, s, v] = [hexlify(signature.subarray(0, 32)), hexlify(signature.subarray(32, 64)), signature[64]]
  if (v !== 27 && v !== 28) return false
  const digest = keccak256(abiEncode(request, key))
  try {
    return SigningKey.recoverPublicKey(hashMessage(getBytes(digest)), { r, s, v }) === hexlify(key)
  } catch {
    return false
  }
}

/** abi.encode(bytes, bytes): the offsets of both, then length and content of each. ethers takes a second for a megabyte. */
function abiEncode (first: Buffer, second: Buffer): Buffer {
  const contents = [first, second].map(bytes => Buffer.concat([word(bytes.length), bytes, Buffer.alloc(-bytes.length & 31)]))
  return Buffer.concat([word(64), word(64 + contents[0]!.length), ...contents])
}

/** A number as a uint256. */
function word (value: number): Buffer {
  const bytes = Buffer.alloc(32)
  bytes.writeUInt32BE(value, 28)
  return bytes
}

function bytesOf (field: keyof EncryptedRequest, values: unknown, length?: number): Buffer {
  if (!Buffer.isBuffer(values) && !(Array.isArray(values) && values.every(isByte))) throw invalid(field, 'must be an array of bytes, integers from 0 to 255')
  if (length !== undefined && values.length !== length) throw invalid(field, `must have ${length} bytes`)
  return Buffer.from(values)
}

function isByte (value: unknown): boolean {
  return Number.isInteger(value) && value as number >= 0 && value as number <= 255
}
