import { type TSchema } from '@sinclair/typebox'

/** Removes nulls from optional fields, in place, because they mean the same as no field. */
export function dropNulls (schema: TSchema, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    if (schema['items'] !== undefined) for (const item of value) dropNulls(schema['items'], item)
    return
  }
  for (const alternative of schema['anyOf'] ?? []) dropNulls(alternative, value)
  const object = value as Record<string, unknown>
  for (const [name, field] of Object.entries<TSchema>(schema['properties'] ?? {})) {
    const isRequired = schema['required']?.includes(name) === true
    if (object[name] === null && !isRequired) delete object[name]
    else dropNulls(field, object[name])
  }
  for (const entry of Object.values<TSchema>(schema['patternProperties'] ?? {})) {
    for (const item of Object.values(object)) dropNulls(entry, item)
  }
}
