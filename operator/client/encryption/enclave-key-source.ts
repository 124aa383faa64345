import type { Static } from '@sinclair/typebox'
import type { Signature } from '../../../schemas/signing.js'
import type { CallOptions } from '../transport/http.js'
import { GeneratorClientError } from '../errors.js'
import { compressPublicKey, parsePublicKey } from '../../../src/enclave/public-key.js'

export const TRUST_ON_FIRST_USE = 'trust-on-first-use'

/** The zero address is nobody's account, so a signature for it binds the enclave to nothing. */
const NOBODY = `0x${'0'.repeat(40)}`

/**
 * Provides the enclave's public key. The caller gives it, or the client trusts the signature of the first signAddress
 * answer. The answer of fetchGeneratorPublicKeys has the same key, but only once there is a configuration.
 */
export function createEnclaveKeySource ({ enclavePublicKey, attestedKey, signPlainly }: {
  enclavePublicKey: string | undefined,
  /** Returns the 65 bytes that a channel has verified. */
  attestedKey?: (() => Promise<Uint8Array>) | undefined
  signPlainly: (address: string, options: CallOptions) => Promise<Static<typeof Signature>>
}) {
  const trustsFirst = enclavePublicKey === TRUST_ON_FIRST_USE
  let known = enclavePublicKey === undefined || trustsFirst ? null : parsePublicKey(enclavePublicKey)

  /** Returns 65 bytes. Throws ENCLAVE_KEY_REQUIRED, and every error of the signAddress call. */
  async function point (options: CallOptions = {}): Promise<Uint8Array> {
    if (known !== null) return known
    // Another start of the enclave may have another key.
    if (attestedKey !== undefined) return await attestedKey()
    if (!trustsFirst) {
      throw new GeneratorClientError(
        'ENCLAVE_KEY_REQUIRED',
        "This call is encrypted: give the enclave's public key from its attestation, or say that the first one may be trusted"
      )
    }
    const signature = await signPlainly(NOBODY, options)
    const { recoverEnclaveKey } = await import('./secure-channel.js')
    known ??= recoverEnclaveKey(NOBODY, signature)
    return known
  }

  async function compressed (options?: CallOptions): Promise<string> {
    return compressPublicKey(await point(options))
  }

  return { point, compressed }
}
