import { createECDH } from 'node:crypto'
import type { EncryptedRequest } from '../../schemas/encrypted.js'

/** The enclave's secp256k1 key. `secret` is 32 raw bytes. */
export function createEnclaveKey ({ secret }: { secret: Buffer }) {
  const ecdh = createECDH('secp256k1')
  ecdh.setPrivateKey(secret)
  const publicKey = ecdh.getPublicKey().subarray(1)
  let address: string | null = null

  // Load on first use, because the curve's code takes 20 ms and 10 MB.
  const loadSigning = async () => await import('./signing.js')
  const loadSecureChannel = async () => await import('./secure-channel.js')

  return {
    /** The secret in generator_config.json: 64 hex digits without 0x. */
    secretHex: secret.toString('hex'),
    /** The entity registry's form: the uncompressed point without its 04 prefix, 64 bytes. */
    publicKey,
    /** The 33-byte point, 0x hex. */
    compressedPublicKey: `0x${ecdh.getPublicKey('hex', 'compressed')}`,
    /** Returns the key's 20-byte address, 0x hex in lower case. */
    async getAddress (): Promise<string> {
      address ??= (await import('./keccak.js')).addressOf(publicKey)
      return address
    },
    /** Signs keccak256(abi.encode(address)), which binds the enclave to an account. */
    signAddress: async (account: string) => (await loadSigning()).signEncoded(secret, account),
    /** Signs keccak256(abi.encode(bytes attestation, address)). The attestation is hex, with or without 0x. */
    signAttestation: async (attestation: string, account: string) =>
      (await loadSigning()).signEncoded(secret, Buffer.from(attestation.replace(/^0x/, ''), 'hex'), account),
    /** Signs SHA-256 of the bytes: r|s, 64 bytes. No other signature of this key is over SHA-256. */
    endorse: async (bytes: Uint8Array) => (await loadSigning()).signSha256(secret, bytes),
    /** Opens a request of the secure channel. Throws ENCRYPTED_BODY_INVALID. */
    open: async (body: Partial<EncryptedRequest>) => (await loadSecureChannel()).openRequest(secret, body),
    /** Derives the key of one message from its first 65 bytes. Returns null if they are no public key. */
    messageKey: async (ephemeralPoint: Uint8Array) => (await loadSecureChannel()).messageKeyOf(secret, ephemeralPoint),
    seal: async (data: unknown, responseKey: Uint8Array) =>
      (await loadSecureChannel()).sealAnswer(secret, responseKey, data),
  }
}

export type EnclaveKey = ReturnType<typeof createEnclaveKey>
