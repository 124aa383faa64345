import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { StoredGenerator, StoredRuntimeConfig } from './configuration.js'
import { PublicKeys } from './public-keys.js'

/** ISO 8601, UTC. */
const ChangedAt = Type.String()

/** Shows generator_config.json with public keys instead of each generator's secret. */
export const GeneratorConfigView = Type.Object({
  generator_config: withoutFormats(Type.Array(Type.Object({
    ...Type.Omit(StoredGenerator, ['ecies_private_key']).properties,
    ...PublicKeys.properties,
  }))),
  changed_at: ChangedAt,
})
export type GeneratorConfigView = Static<typeof GeneratorConfigView>

/** Shows runtime_config.json with an address instead of the key, and masks URLs that may hold a secret. */
export const RuntimeConfigView = Type.Object({
  runtime_config: withoutFormats(Type.Object({
    ...Type.Omit(StoredRuntimeConfig, ['private_key']).properties,
    runtime_address: Type.String(),
  })),
  changed_at: ChangedAt,
})
export type RuntimeConfigView = Static<typeof RuntimeConfigView>

/** The input was checked already, and Fastify's serializer warns of unknown formats. */
function withoutFormats<Schema extends TSchema> (schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema, (name, value) => name === 'format' ? undefined : value))
}
