import { Type } from '@sinclair/typebox'
import { Address } from './common.js'

export const GeneratorSelection = Type.Object({ generator_address: Address }, { additionalProperties: false })

/** The enclave key's address in lower case, and its compressed 33-byte point, both 0x hex. */
export const PublicKeys = Type.Object({ generator_public_key: Type.String(), generator_ecies_public_key: Type.String() })
