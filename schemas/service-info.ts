import { type Static, Type } from '@sinclair/typebox'

export const FEATURES = ['tls', 'encrypted-bodies', 'replay-protection'] as const

/** Facts about this start of the service. `boot_id` is 32 hex digits. `spki_sha256` is base64, as curl takes it. */
export const ServiceInfo = Type.Object({
  version: Type.String(),
  started_at: Type.String(),
  boot_id: Type.String(),
  channel: Type.Unsafe<'plain' | 'tls'>({ type: 'string', enum: ['plain', 'tls'] }),
  attested_address: Type.String(),
  spki_sha256: Type.String(),
  features: Type.Array(Type.String()),
})
export type ServiceInfo = Static<typeof ServiceInfo>
