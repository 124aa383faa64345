import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { StoredGenerator, StoredRuntimeConfig } from './configuration.js'
import { PublicKeys } from './public-keys.js'

/** ISO 8601, UTC. */
const ChangedAt = Type.String()

/** generator_config.json; in place of each generator's secret, what can be derived from it. */
export const GeneratorConfigView = Type.Object({
  generator_config: withoutFormats(Type.Array(Type.Object({
    ...Type.Omit(StoredGenerator, ['ecies_private_key']).properties,
    ...PublicKeys.properties,
  }))),
  changed_at: ChangedAt,
})
export type GeneratorConfigView = Static<typeof GeneratorConfigView>

/** runtime_config.json; in place of its key the key's address, and URLs masked where they may hold a secret. */
export const RuntimeConfigView = Type.Object({
  runtime_config: withoutFormats(Type.Object({
    ...Type.Omit(StoredRuntimeConfig, ['private_key']).properties,
    runtime_address: Type.String(),
  })),
  changed_at: ChangedAt,
})
export type RuntimeConfigView = Static<typeof RuntimeConfigView>

/** Of what was checked when it came in; Fastify's serializer warns of formats that it does not know. */
function withoutFormats<Schema extends TSchema> (schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema, (name, value) => name === 'format' ? undefined : value))
}
