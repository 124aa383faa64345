import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { pointFromScalar, pointMultiply } from 'tiny-secp256k1'
import { randomSecret } from './secret.js'

const POINT_BYTES = 65
const NONCE_BYTES = 16
const TAG_BYTES = 16

/**
 * Encrypts by ECIES over secp256k1 with the defaults of eciesjs 0.4 and 0.5, which the Kalypso SDK uses. The result is
 * ephemeral public key (65) | nonce (16) | tag (16) | AES-256-GCM ciphertext. `publicKey` has 65 bytes.
 */
export function encrypt (publicKey: Uint8Array, plaintext: Uint8Array): Buffer {
  const ephemeral = randomSecret()
  const ephemeralPoint = pointFromScalar(ephemeral, false)!
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', deriveKey(ephemeralPoint, ephemeral, publicKey), nonce)
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([ephemeralPoint, nonce, cipher.getAuthTag(), ciphertext])
}

/** Throws an Error if the envelope is malformed, altered, or meant for another key. `secret` has 32 bytes. */
export function decrypt (secret: Uint8Array, envelope: Uint8Array): Buffer {
  return decryptWith(messageKey(secret, ephemeralPoint(envelope)), envelope)
}

/** The public key that the sender has made for this message alone: 65 bytes, or fewer if the envelope is too short. */
export function ephemeralPoint (envelope: Uint8Array): Uint8Array {
  return envelope.subarray(0, POINT_BYTES)
}

/** The AES key of the one message with this ephemeral public key. Throws an Error where that is no point of the curve. */
export function messageKey (secret: Uint8Array, point: Uint8Array): Buffer<ArrayBuffer> {
  return deriveKey(point, secret, point)
}

/** Decrypts with the message's own key. Throws like `decrypt`. */
export function decryptWith (key: Uint8Array, envelope: Uint8Array): Buffer {
  const nonce = envelope.subarray(POINT_BYTES, POINT_BYTES + NONCE_BYTES)
  const tag = envelope.subarray(POINT_BYTES + NONCE_BYTES, POINT_BYTES + NONCE_BYTES + TAG_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAuthTag(tag)
  return Buffer.concat([decipher.update(envelope.subarray(POINT_BYTES + NONCE_BYTES + TAG_BYTES)), decipher.final()])
}

function deriveKey (ephemeralPoint: Uint8Array, secret: Uint8Array, point: Uint8Array): Buffer<ArrayBuffer> {
  const shared = pointMultiply(point, secret, false)!
  return Buffer.from(hkdfSync('sha256', Buffer.concat([ephemeralPoint, shared]), '', '', 32))
}
