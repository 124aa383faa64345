import { Type } from '@sinclair/typebox'
import type { FastifyContextConfig, FastifySchema } from 'fastify'
import { ErrorAnswer } from '../../schemas/common.js'
import { EncryptedRequest } from '../../schemas/encrypted.js'
import type { Examples } from '../../schemas/operations/operation.js'
import { type Format, formats } from '../../schemas/validation/formats.js'
import { CodedError, type ErrorCode, ERRORS } from '../../src/errors.js'
import { encryptedAnswer, encryptedRequest } from './encrypted-examples.js'
import { errorCodesByStatus } from './errors.js'

type JsonSchema = Record<string, unknown>

const JSON_TYPE = 'application/json'

/**
 * Describes a route for the OpenAPI document: its name, body, parameters, answers with examples, and errors.
 * An encrypted body is described as it travels. The schema by which the service validates stays as it is.
 */
export function describeOperation ({
  url, schema, config
}: {
  url: string, schema: FastifySchema, config: FastifyContextConfig
}): FastifySchema {
  const {
    description = '',
    security,
    querystring,
    body,
    response,
    produces = [JSON_TYPE],
    errors = [],
    examples: plainExamples = {},
  } = schema
  const { encryptedBody, answersPlainly = false, repeatable = false } = config
  const examples = encryptedBody === 'required' ? encryptedExamples(plainExamples) : plainExamples
  const codes = errorCodesByStatus({
    needsChannel: !answersPlainly,
    needsKey: security === undefined,
    hasQuery: querystring !== undefined,
    hasBody: body !== undefined,
    encryptedBody,
    isRepeatable: repeatable,
    errors,
  })
  return {
    ...schema,
    operationId: url.split('/').at(-1)!,
    description: encryptedBody === undefined ? description : `${description}\n\n${NOTES[encryptedBody]}`,
    ...querystring !== undefined && { querystring: describeQuery(querystring as JsonSchema, examples) },
    ...body !== undefined && { body: describeBody(body as JsonSchema, encryptedBody, examples) },
    response: {
      ...describeSuccesses(response as Record<string, JsonSchema>, produces, examples),
      ...Object.fromEntries([...codes].map(([status, codes]) => [status, describeErrors(status, codes)])),
    },
  }
}

const NOTES = {
  accepted: "The body may be encrypted to the enclave's key. The answer's `data` is then encrypted too.",
  required:
    "The body is encrypted to the enclave's key, and so is the answer's `data`. The example is for another enclave's key.",
}

function encryptedExamples (examples: Examples): Examples {
  return { body: encryptedRequest, 200: { ...Object(examples[200]), data: encryptedAnswer } }
}

function describeQuery (query: JsonSchema, { query: values = {} }: Examples): JsonSchema {
  const properties = Object.entries(withPatterns(query)['properties'] as Record<string, JsonSchema>)
  return {
    ...query,
    properties: Object.fromEntries(
      properties.map(([name, schema]) => [name, { ...schema, ...(name in values && { examples: [values[name]] }) }])
    ),
  }
}

/** A route validates the decrypted body, but the document describes the body as it travels. */
function describeBody (
  plain: JsonSchema,
  encryptedBody: FastifyContextConfig['encryptedBody'],
  { body: value }: Examples
): JsonSchema {
  const travelling = { accepted: Type.Union([Type.Unsafe(plain), EncryptedRequest]), required: EncryptedRequest }
  const schema = encryptedBody === undefined ? plain : travelling[encryptedBody]
  return { ...withPatterns(schema), ...value !== undefined && { 'x-examples': { body: { value } } } }
}

/** Leaves out 4xx and 5xx, because the document lists each error. */
function describeSuccesses (response: Record<string, JsonSchema>, produces: readonly string[], examples: Examples) {
  const successes = Object.entries(response).filter(([status]) => /^\d+$/.test(status))
  return Object.fromEntries(successes.map(([status, schema]) => {
    const content = produces.map(type => [type, type === JSON_TYPE
      ? { schema: withPatterns(schema), examples: { answer: { value: examples[Number(status)] } } }
      : { schema: { type: 'string' }, examples: { answer: { value: examples.text } } }])
    return [status, { description: schema['description'] ?? 'Success', content: Object.fromEntries(content) }]
  }))
}

/** Describes an answer with one of the codes, which all have the same status. */
export function describeErrors (status: number, codes: ErrorCode[]) {
  const schema = Type.Object({
    ...ErrorAnswer.properties, statusCode: Type.Literal(status), code: Type.Unsafe({ type: 'string', enum: codes })
  })
  const examples = codes.map(code => {
    const { meaning } = ERRORS[code]
    return [code, { summary: meaning, value: new CodedError(code, meaning).envelope }]
  })
  return {
    description: codes.map(code => `\`${code}\`: ${ERRORS[code].meaning}`).join('\n\n'),
    content: { [JSON_TYPE]: { schema, examples: Object.fromEntries(examples) } },
  }
}

/** Adds what the API's own formats accept, because a reader of the document does not know them. */
function withPatterns (schema: object): JsonSchema {
  return JSON.parse(JSON.stringify(schema, (_name, value) => {
    const { expected, pattern }: Partial<Format> = formats[value?.format as keyof typeof formats] ?? {}
    return expected === undefined
      ? value
      : { ...value, description: `Must be ${expected}.`, ...(pattern !== undefined && { pattern: pattern.source }) }
  }))
}
