import { type Static, type TSchema } from '@sinclair/typebox'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { ajvFormats } from '../../schemas/validation/formats.js'

export interface SchemaCheck<Schema extends TSchema> {
  (data: unknown): data is Static<Schema>
  /** The first error of the last check that failed. */
  error: () => ErrorObject | undefined
  /** All errors of that check: several where there are alternatives. */
  errors: () => ErrorObject[]
}

/** Checks data against a schema. The first use compiles the schema, which takes about 10 ms. */
export function createSchemaCheck<Schema extends TSchema> (schema: Schema): SchemaCheck<Schema> {
  let validate: ValidateFunction | null = null
  const check = (data: unknown): data is Static<Schema> => {
    validate ??= new Ajv({ formats: ajvFormats }).compile(schema)
    return validate(data)
  }
  return Object.assign(check, { error: () => validate?.errors?.[0], errors: () => validate?.errors ?? [] })
}
