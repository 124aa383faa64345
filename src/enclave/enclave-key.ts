import { createECDH } from 'node:crypto'
import type { EncryptedAnswer, EncryptedRequest } from '../../schemas/encrypted.js'
import type { OpenedRequest } from './secure-channel.js'
import type { Signature } from './signing.js'

/** The enclave's secp256k1 key. `secret` is 32 raw bytes. */
export function createEnclaveKey ({ secret }: { secret: Buffer }) {
  const ecdh = createECDH('secp256k1')
  ecdh.setPrivateKey(secret)
  const publicKey = ecdh.getPublicKey().subarray(1)
  const compressedPublicKey = `0x${ecdh.getPublicKey('hex', 'compressed')}`
  let address: string | null = null

  /** Signs keccak256(abi.encode(address)), which binds the enclave to an account. */
  async function signAddress (account: string): Promise<Signature> {
    const { signEncoded } = await loadSigning()
    return signEncoded(secret, account)
  }

  /** Signs keccak256(abi.encode(bytes attestation, address)). The attestation is hex, with or without 0x. */
  async function signAttestation (attestation: string, account: string): Promise<Signature> {
    const { signEncoded } = await loadSigning()
    return signEncoded(secret, Buffer.from(attestation.replace(/^0x/, ''), 'hex'), account)
  }

  /** Returns the key's 20-byte address, 0x hex in lower case. */
  async function getAddress (): Promise<string> {
    address ??= (await import('./keccak.js')).addressOf(publicKey)
    return address
  }

  /** Opens a request of the secure channel. Throws ENCRYPTED_BODY_INVALID. */
  async function open (body: Partial<EncryptedRequest>): Promise<OpenedRequest> {
    const { openRequest } = await loadSecureChannel()
    return openRequest(secret, body)
  }

  /** Derives the key of one message from its first 65 bytes. Returns null if they are no public key. */
  async function messageKey (ephemeralPoint: Uint8Array): Promise<Uint8Array<ArrayBuffer> | null> {
    const { messageKeyOf } = await loadSecureChannel()
    return messageKeyOf(secret, ephemeralPoint)
  }

  async function seal (data: unknown, responseKey: Uint8Array): Promise<EncryptedAnswer> {
    const { sealAnswer } = await loadSecureChannel()
    return sealAnswer(secret, responseKey, data)
  }

  return {
    /** The secret in generator_config.json: 64 hex digits without 0x. */
    secretHex: secret.toString('hex'),
    /** The entity registry's form: the uncompressed point without its 04 prefix, 64 bytes. */
    publicKey,
    /** The 33-byte point, 0x hex. */
    compressedPublicKey,
    getAddress,
    signAddress,
    signAttestation,
    open,
    messageKey,
    seal,
  }
}

export type EnclaveKey = ReturnType<typeof createEnclaveKey>

/** Load on first use, because the curve's code takes 20 ms and 10 MB. */
async function loadSigning () {
  return await import('./signing.js')
}

async function loadSecureChannel () {
  return await import('./secure-channel.js')
}
