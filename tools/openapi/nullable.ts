type Schema = Record<string, unknown>

/** A copy of a body's schema that says what schemas/validation/drop-nulls.ts does: an optional field may be null, too. */
export function allowNulls (schema: Schema): Schema {
  const copy = { ...schema }
  const required = (schema['required'] ?? []) as string[]
  for (const name of ['items', 'additionalProperties']) {
    if (isSchema(schema[name])) copy[name] = allowNulls(schema[name])
  }
  if (Array.isArray(schema['anyOf'])) copy['anyOf'] = schema['anyOf'].map(allowNulls)
  if (isSchema(schema['properties'])) {
    copy['properties'] = mapValues(schema['properties'], (name, field) =>
      required.includes(name) ? allowNulls(field) : { anyOf: [allowNulls(field), { type: 'null' }] })
  }
  return copy
}

function mapValues (object: Schema, change: (name: string, value: Schema) => Schema): Schema {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(name, value as Schema)]))
}

function isSchema (value: unknown): value is Schema {
  return typeof value === 'object' && value !== null
}
