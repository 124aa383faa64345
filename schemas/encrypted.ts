import { type Static, type TSchema, Type } from '@sinclair/typebox'

const Bytes = Type.Array(Type.Integer({ minimum: 0, maximum: 255 }))

/** A request of the secure channel; the bytes are checked where it is opened. */
export const EncryptedRequest = Type.Object({ request: Bytes, response_key: Bytes, signature: Bytes })
export type EncryptedRequest = Static<typeof EncryptedRequest>

/** The data of an answer of the secure channel. */
export const EncryptedAnswer = Type.Object({ response: Bytes, salt: Bytes, signature: Bytes })
export type EncryptedAnswer = Static<typeof EncryptedAnswer>

/** The data of a route that answers a plain request plainly and an encrypted one encrypted. */
export function Encryptable<Data extends TSchema> (data: Data) {
  return Type.Union([data, EncryptedAnswer])
}
