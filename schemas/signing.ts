import { Type } from '@sinclair/typebox'
import { Address } from './common.js'

export const Signature = Type.Object({ r: Type.String(), s: Type.String(), v: Type.Integer() })
export const AddressToSign = Type.Object({ address: Address }, { additionalProperties: false })

/** Up to 64 KiB of attestation, as hex, with or without 0x. */
export const AttestationToSign = Type.Object({
  attestation: Type.String({ format: 'hex', maxLength: 2 + 2 * 64 * 1024 }),
  address: Address,
}, { additionalProperties: false })
