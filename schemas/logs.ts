import { Type } from '@sinclair/typebox'
import type { LogStream } from '../src/supervisor/supervisor.js'

const Stream = Type.Unsafe<LogStream>({ type: 'string', enum: ['stdout', 'stderr'] })

export const LogQuery = Type.Object({
  lines: Type.Optional(Type.String({ format: 'line-count' })),
  stream: Type.Optional(Stream),
  follow: Type.Optional(Type.Unsafe<'true' | 'false'>({ type: 'string', enum: ['true', 'false'] })),
}, { additionalProperties: false })

export const Logs = Type.Object({ stream: Stream, lines: Type.Array(Type.String()) })
