import { pointFromScalar } from 'tiny-secp256k1'
import type { Static } from '@sinclair/typebox'
import type { EncryptedAnswer, EncryptedRequest } from '../../../schemas/encrypted.js'
import type { Signature } from '../../../schemas/signing.js'
import { decrypt, encrypt } from '../../../src/enclave/ecies.js'
import { randomSecret } from '../../../src/enclave/secret.js'
import { recoverSigner, signatureBytes, signEncoded } from '../../../src/enclave/signing.js'
import { GeneratorClientError } from '../errors.js'

export interface SealedRequest {
  body: EncryptedRequest
  /** Returns the plain data of the answer. Throws ANSWER_NOT_VERIFIED if the enclave has not signed it. */
  openAnswer: (answer: EncryptedAnswer) => unknown
}

/**
 * Encrypts a body to the enclave's key (65 bytes). Each request has its own key for the answer, so that no other answer
 * opens with it.
 */
export function sealRequest (enclaveKey: Uint8Array, body: unknown): SealedRequest {
  const secret = randomSecret()
  const responseKey = pointFromScalar(secret, false)!
  const request = encrypt(enclaveKey, Buffer.from(JSON.stringify(body)))
  return {
    body: {
      request: [...request],
      response_key: [...responseKey],
      signature: [...signatureBytes(signEncoded(secret, request, responseKey))],
    },
    openAnswer: answer => openAnswer({ enclaveKey, secret, answer }),
  }
}

function openAnswer ({
  enclaveKey, secret, answer
}: {
  enclaveKey: Uint8Array, secret: Uint8Array, answer: EncryptedAnswer
}): unknown {
  const response = Uint8Array.from(answer.response)
  try {
    const signer = recoverSigner(Uint8Array.from(answer.signature), response, Uint8Array.from(answer.salt))
    if (signer === null || !Buffer.from(signer).equals(enclaveKey)) throw new Error('signed by another key')
    return JSON.parse(decrypt(secret, response).toString())
  } catch (cause) {
    throw new GeneratorClientError(
      'ANSWER_NOT_VERIFIED',
      "The answer is not signed by the enclave's key. The request has reached someone: check the enclave's public key against its attestation",
      { cause }
    )
  }
}

/** Recovers the 65-byte point of the key that made a signAddress answer for the 0x address. Throws ANSWER_INVALID. */
export function recoverEnclaveKey (address: string, signature: Static<typeof Signature>): Uint8Array {
  const signer = recoverSigner(signatureBytes(signature), address)
  if (signer === null) throw new GeneratorClientError('ANSWER_INVALID', 'The answer of signAddress is not a signature')
  return signer
}
