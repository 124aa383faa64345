import { type Static, Type } from '@sinclair/typebox'

/** A rotation may carry the digest of a key that the caller has made. */
export const RotationBody = Type.Object({ api_key_sha256: Type.Optional(Type.String({ format: 'key-digest' })) }, { additionalProperties: false })
export type RotationBody = Static<typeof RotationBody>
