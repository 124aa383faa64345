import type { Static, TSchema } from '@sinclair/typebox'
import { Ajv } from 'ajv'

const ajv = new Ajv()

/** Tells whether a value from the wire fits the schema. ajv caches the compiled schemas. */
export function isOfSchema<Schema extends TSchema> (schema: Schema, value: unknown): value is Static<Schema> {
  return ajv.validate(schema, value)
}

/** An answer of the service: its envelope, and the HTTP status (202: still under way). */
export type Answer<Schema extends TSchema> = Static<Schema> & { statusCode: number }
