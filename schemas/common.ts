import { type TSchema, Type } from '@sinclair/typebox'

export const Address = Type.String({ format: 'address' })
export const PrivateKey = Type.String({ format: 'private-key' })
export const MarketId = Type.String({ format: 'market' })
export const HttpUrl = Type.String({ format: 'http-url', maxLength: 2048 })
export const WsUrl = Type.String({ format: 'ws-url', maxLength: 2048 })
/** A market may do without this URL. Empty text means none. */
export const OptionalUrl = Type.String({ format: 'optional-url', maxLength: 2048 })
export const PositiveInteger = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })

export const NoBody = Type.Object({}, { additionalProperties: false })
export const NoParameters = NoBody

export const ErrorAnswer = Type.Object({
  status: Type.Literal('error'),
  statusCode: Type.Integer(),
  code: Type.String(),
  message: Type.String(),
  data: Type.Unknown(),
})

/** The envelope of a success. The contract fixes `message`. `extra` adds fields to the top level. */
export function Success<Data extends TSchema, Extra extends Record<string, TSchema> = Record<never, never>> (data: Data, extra = {} as Extra) {
  return Type.Object({ status: Type.Literal('success'), message: Type.String(), data, ...extra })
}

export function success<Data, Extra extends object> (message: string, data: Data, extra: Extra = {} as Extra) {
  return { status: 'success' as const, message, data, ...extra }
}

export function answers<Successes extends Record<number, TSchema>> (successes: Successes) {
  return { ...successes, '4xx': ErrorAnswer, '5xx': ErrorAnswer }
}
