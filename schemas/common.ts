import { type Static, type TSchema, Type } from '@sinclair/typebox'

export const Address = Type.String({ format: 'address' })
export const PrivateKey = Type.String({ format: 'private-key' })
export const MarketId = Type.String({ format: 'market' })
export const HttpUrl = Type.String({ format: 'http-url', maxLength: 2048 })
export const WsUrl = Type.String({ format: 'ws-url', maxLength: 2048 })
export const PositiveInteger = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })

export const NoBody = Type.Object({}, { additionalProperties: false })
export const Warnings = Type.Optional(Type.Array(Type.String()))

export const ErrorAnswer = Type.Object({
  status: Type.Literal('error'),
  statusCode: Type.Integer(),
  code: Type.String(),
  message: Type.String(),
  data: Type.Unknown(),
})
export type ErrorAnswer = Static<typeof ErrorAnswer>

/** The envelope of a success: `message` is part of the contract, `extra` are further top-level fields. */
export function Success<Data extends TSchema, Extra extends Record<string, TSchema>> (data: Data, extra: Extra) {
  return Type.Object({ status: Type.Literal('success'), message: Type.String(), data, ...extra })
}
