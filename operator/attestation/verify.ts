import { addressOf } from '../../src/enclave/keccak.js'
import type { Certificate } from './chain/certificate.js'
import { readChain } from './chain/chain.js'
import { checkSignature, readMessage } from './cose.js'
import { readDocument } from './document.js'
import { checkAge, checkImage, checkKey, checkNonce, imageOf } from './expectations.js'
import { assertComplete, type AttestationPolicy, AWS_ROOT } from './policy.js'

/** The facts that a document shows, after every check. */
export interface AttestationVerdict {
  moduleId: string
  timestamp: Date
  /** All of the document, in hex, by their numbers. */
  pcrs: Record<string, string>
  /** Oyster's image id; null for a classic image. */
  imageId: string | null
  /** True: no compose file is measured. */
  classic: boolean
  /** The 64 bytes of the enclave's secp256k1 key. */
  publicKey: Buffer
  /** 0x hex in lower case. */
  address: string
  userData: Buffer | null
  nonce: Buffer | null
  /** From the root to the certificate of the key that signed the document. */
  chain: Array<Pick<Certificate, 'name' | 'sha256' | 'notBefore' | 'notAfter'>>
}

export interface VerificationOptions {
  /** Default: the clock of this machine. */
  now?: Date | undefined
  /** The document must have this nonce. Oyster's own server takes none. */
  nonce?: Uint8Array | undefined
}

/** Checks a document of Nitro (COSE_Sign1) against a policy. Throws an AttestationError for every refusal. */
export function verifyAttestation (
  bytes: Uint8Array, policy: AttestationPolicy, { now = new Date(), nonce }: VerificationOptions = {}
): AttestationVerdict {
  assertComplete(policy)
  const message = readMessage(Buffer.from(bytes))
  const document = readDocument(message.payload)
  const { moduleId, timestamp, certificates, pcrs, userData } = document
  const { chain, key } = readChain({ certificates, root: policy.root ?? AWS_ROOT, time: timestamp })
  checkSignature(message, key)
  checkAge(timestamp, now.getTime(), policy)
  checkImage(pcrs, policy)
  checkNonce(document, nonce)
  const publicKey = checkKey(document, policy)
  return {
    moduleId,
    timestamp: new Date(timestamp),
    pcrs: Object.fromEntries([...pcrs].map(([index, pcr]) => [index, pcr.toString('hex')])),
    imageId: imageOf(pcrs),
    classic: policy.classic === true && policy.pcrs?.[16] === undefined,
    publicKey,
    address: addressOf(publicKey),
    userData,
    nonce: document.nonce,
    chain: chain.map(({ name, sha256, notBefore, notAfter }) => ({ name, sha256, notBefore, notAfter })),
  }
}
