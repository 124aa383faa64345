import { type Static, Type } from '@sinclair/typebox'

const Byte = Type.Integer({ minimum: 0, maximum: 255 })
const Bytes = Type.Array(Byte)
const Bytes65 = Type.Array(Byte, { minItems: 65, maxItems: 65 })

/** A request of the secure channel: the encrypted body, a public key and its signature. Opening checks it. */
export const EncryptedRequest = Type.Object({ request: Bytes, response_key: Bytes65, signature: Bytes65 }, { additionalProperties: false })
export type EncryptedRequest = Static<typeof EncryptedRequest>

export const EncryptedAnswer = Type.Object({ response: Bytes, salt: Bytes, signature: Bytes })
export type EncryptedAnswer = Static<typeof EncryptedAnswer>
