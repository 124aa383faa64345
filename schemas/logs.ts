import { Type } from '@sinclair/typebox'

export type LogStream = 'stdout' | 'stderr'

const Stream = Type.Unsafe<LogStream>({ type: 'string', enum: ['stdout', 'stderr'] })

export const LogQuery = Type.Object({
  lines: Type.Optional(Type.String({ format: 'line-count' })),
  stream: Type.Optional(Stream),
  follow: Type.Optional(Type.Unsafe<'true' | 'false'>({ type: 'string', enum: ['true', 'false'] })),
}, { additionalProperties: false })

/** A client of server-sent events that lost its connection sends the id of its last line. */
export const LogHeaders = Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 64, examples: ['5d41402a-31'] })) })

/** Oldest first. */
export const LogLines = Type.Array(Type.String())
export const Logs = Type.Object({ stream: Stream, lines: LogLines })
