import { type Static, Type } from '@sinclair/typebox'
import { StoredGenerator, StoredRuntimeConfig } from './configuration.js'

/** ISO 8601, UTC. */
const ChangedAt = Type.String()

/** generator_config.json; in place of each generator's secret, what can be derived from it. */
export const GeneratorConfigView = Type.Object({
  generator_config: Type.Array(Type.Object({
    ...Type.Omit(StoredGenerator, ['ecies_private_key']).properties,
    generator_public_key: Type.String(),
    generator_ecies_public_key: Type.String(),
  })),
  changed_at: ChangedAt,
})
export type GeneratorConfigView = Static<typeof GeneratorConfigView>

/** runtime_config.json; in place of its key the key's address, and URLs masked where they may hold a secret. */
export const RuntimeConfigView = Type.Object({
  runtime_config: Type.Object({
    ...Type.Omit(StoredRuntimeConfig, ['private_key']).properties,
    runtime_address: Type.String(),
  }),
  changed_at: ChangedAt,
})
export type RuntimeConfigView = Static<typeof RuntimeConfigView>
