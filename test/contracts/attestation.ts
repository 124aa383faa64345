import { AbiCoder } from 'ethers/abi'
import { keccak256, SigningKey } from 'ethers/crypto'
import { hashMessage } from 'ethers/hash'
import { getBytes } from 'ethers/utils'

/** The bytes that an attestation verifier returns. Their fields changed twice. */
export type AttestationForm = 'jan-2024' | 'feb-2024' | 'oct-2024'

/** PCR0, PCR1 and PCR2 of an enclave image, 48 bytes each, 0x hex. */
export type Pcrs = readonly [string, string, string]

/** The image of private markets in these tests, and of the enclaves that serve them. */
export const PRIVATE_PCRS: Pcrs = [pcr('a0'), pcr('a1'), pcr('a2')]
/** The PCRs that stand for "no enclave". Their image is the field's constant for public markets. */
export const PUBLIC_PCRS: Pcrs = [pcr('00'), pcr('00'), pcr('00')]
/** The image of input verifiers, which each market names too. */
export const IVS_PCRS: Pcrs = [pcr('b0'), pcr('b1'), pcr('b2')]

const SIGNATURE = `0x${'5a'.repeat(65)}`
const coder = AbiCoder.defaultAbiCoder()

/** Makes an attestation of the enclave that has `publicKey` (64 bytes without the leading 04, 0x hex), dated now. */
export function attest ({ form, publicKey, pcrs = PRIVATE_PCRS, timestamp = Date.now() }: {
  form: AttestationForm
  publicKey: string
  pcrs?: Pcrs
  /** Milliseconds since 1970. */
  timestamp?: number
}): string {
  const [cpus, memory] = [2, 4096]
  switch (form) {
    case 'jan-2024': return coder.encode(['bytes', 'address', 'bytes', 'bytes', 'bytes', 'bytes', 'uint256', 'uint256'],
      [SIGNATURE, `0x${'00'.repeat(20)}`, publicKey, ...pcrs, cpus, memory])
    case 'feb-2024': return coder.encode(['bytes', 'bytes', 'bytes', 'bytes', 'bytes', 'uint256', 'uint256', 'uint256'],
      [SIGNATURE, publicKey, ...pcrs, cpus, memory, timestamp])
    case 'oct-2024': return coder.encode(
      ['bytes', 'bytes', 'bytes', 'bytes', 'bytes', 'uint256'], [SIGNATURE, publicKey, ...pcrs, timestamp]
    )
  }
}

/** abi.encode(PCR0, PCR1, PCR2): a marketplace takes the image of a market in this form. */
export function encodePcrs (pcrs: Pcrs): string {
  return coder.encode(['bytes', 'bytes', 'bytes'], [...pcrs])
}

/** The 64-byte public key of an enclave's secret key, 0x hex. */
export function publicKeyOf (secret: string): string {
  return `0x${new SigningKey(secret).publicKey.slice(4)}`
}

/** r | s | v of the service's signAddress answer for `address`. */
export function signAddress (secret: string, address: string): string {
  return sign(secret, coder.encode(['address'], [address]))
}

/** r | s | v of the service's signAttestation answer for the attestation and `address`. */
export function signAttestation (secret: string, attestation: string, address: string): string {
  return sign(secret, coder.encode(['bytes', 'address'], [attestation, address]))
}

function sign (secret: string, content: string): string {
  return new SigningKey(secret).sign(hashMessage(getBytes(keccak256(content)))).serialized
}

function pcr (byte: string): string {
  return `0x${byte.repeat(48)}`
}
