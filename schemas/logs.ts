import { type Static, Type } from '@sinclair/typebox'

const LogStream = Type.Union([Type.Literal('stdout'), Type.Literal('stderr')])

/** What getGeneratorLogs takes: how many of the last lines, and of which stream. */
export const LogSelection = Type.Object({
  lines: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  stream: Type.Optional(LogStream),
}, { additionalProperties: false })
export type LogSelection = Static<typeof LogSelection>

/** Oldest first. */
export const LogLines = Type.Array(Type.String())
