import { type Static, Type } from '@sinclair/typebox'
import { AttestationError } from './errors.js'

const Pcr = hex(48)

/** The owner's expectations of an enclave, in JSON. A profile of the command line keeps it under `attestation`. */
export const AttestationPolicy = Type.Object({
  /** PCRs 0 to 2 are the image, and PCR16 the compose file with the other init params. */
  pcrs: Type.Optional(
    Type.Object({ 0: Pcr, 1: Pcr, 2: Pcr, 16: Type.Optional(Pcr) }, { additionalProperties: false })
  ),
  /** Oyster's image id stands for the four PCRs. */
  image_id: Type.Optional(hex(32)),
  /** An image without init params has no PCR16, so that no compose file is measured. */
  classic: Type.Optional(Type.Boolean()),
  /** SHA-256 of the root certificate. Default: that of AWS. */
  root: Type.Optional(hex(32)),
  /** The 64 bytes of the enclave's secp256k1 key. */
  public_key: Type.Optional(hex(64)),
  max_age_seconds: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  max_ahead_seconds: Type.Optional(Type.Number({ minimum: 0 })),
}, { additionalProperties: false })

export type AttestationPolicy = Static<typeof AttestationPolicy>

/** SHA-256 of the root of AWS Nitro Enclaves. */
export const AWS_ROOT = '641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b'
export const MAX_AGE_SECONDS = 5 * 60
export const MAX_AHEAD_SECONDS = 60

/** Throws an AttestationError for a policy that would leave a part of the enclave open. */
export function assertComplete ({ pcrs, image_id: imageId, classic = false }: AttestationPolicy): void {
  if (classic && imageId !== undefined) {
    invalid('An image id covers PCR16, which a classic image has not: name PCRs 0, 1 and 2')
  }
  if (imageId === undefined && pcrs === undefined) {
    invalid('The policy names no measurement: name PCRs 0, 1, 2 and 16, or an image id')
  }
  if (pcrs === undefined) return
  for (const index of [0, 1, 2] as const) if (pcrs[index] === undefined) invalid(`The policy names no PCR${index}`)
  if (!classic && imageId === undefined && pcrs[16] === undefined) {
    invalid('The policy names no PCR16, so that the host may run the image with another compose file: name it too')
  }
}

function invalid (message: string): never {
  throw new AttestationError('POLICY_INVALID', message)
}

function hex (bytes: number) {
  return Type.String({ pattern: `^[0-9a-f]{${2 * bytes}}$` })
}
