import type { Static, TSchema } from '@sinclair/typebox'
import { operations } from '../../schemas/operations.js'
import type { Operation } from '../../schemas/operations/operation.js'
import type { Answer } from './transport/answer.js'
import type { Calls } from './transport/calls.js'
import type { CallOptions } from './transport/http.js'

export interface EncryptableOptions extends CallOptions {
  /** Encrypts the body and the answer. Otherwise the enclave's host can read both. */
  encrypted?: boolean | undefined
}

/** A method of each operation in schemas/operations.ts. It takes options, and the operation's body or query first. */
export type Methods = { [Name in keyof typeof operations]: Method<(typeof operations)[Name]> }

type Method<One extends Operation> = (
  ...given: [...Input<One['schema']>, options?: One extends { encryptable: true } ? EncryptableOptions : CallOptions]
) => Promise<Answer<One['schema']['response'][200]>>

type Input<Schema> = Schema extends { querystring: infer Query extends TSchema }
  ? {} extends Static<Query>
      ? [query?: Static<Query>]
      : [query: Static<Query>]
  : Schema extends { body: infer Body extends TSchema }
    ? keyof Static<Body> extends never
      ? []
      : [body: Static<Body>]
    : []

export function createMethods ({ callPlain, callEncrypted }: Calls): Methods {
  const methods = Object.entries<Operation>(operations).map(([name, { method, schema }]) => {
    const { querystring, body, response } = schema
    const hasInput = querystring !== undefined || Object.keys(body?.properties ?? {}).length > 0
    return [name, async (...given: [object?, EncryptableOptions?]) => {
      const [input, { encrypted = false, ...options } = {}] = hasInput
        ? given
        : [undefined, given[0] as EncryptableOptions | undefined]
      const call = encrypted ? callEncrypted : callPlain
      const request =
        querystring === undefined ? { path: name, body: input } : { path: `${name}${queryOf({ ...input })}` }
      return await call(response[200], { method, ...request, ...options })
    }]
  })
  return Object.fromEntries(methods)
}

/** Returns `?` and the given fields, or an empty text without any. */
export function queryOf (fields: Record<string, string | number | boolean | undefined>): string {
  const given = Object.entries(fields).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]]
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}
