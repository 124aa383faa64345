import { fence, table } from './markdown.js'
import type { OpenApi, Operation, Schema } from '../openapi/types.js'

const JSON_TYPE = 'application/json'
/** A longer example shows its first bytes only. */
const LONGEST_LIST = 8

interface Route {
  method: string
  path: string
  operation: Operation
}

/** A chapter for each operation of the document: summary, parameters, body, an example and the errors of its own. */
export function describeOperations ({ paths }: OpenApi): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) => (
    Object.entries(methods).map(([method, operation]): Route => ({ method: method.toUpperCase(), path, operation }))
  ))
  const everywhere = sharedErrors(operations)
  const withKey = sharedErrors(operations.filter(({ operation }) => !isOpen(operation))).filter(
    error => !everywhere.includes(error)
  )
  const withBody = sharedErrors(operations.filter(({ operation }) => operation.requestBody !== undefined)).filter(
    error => ![...everywhere, ...withKey].includes(error)
  )
  const shared = [...everywhere, ...withKey, ...withBody]
  const tags = [...new Set(operations.map(({ operation }) => operation.tags[0]!))]
  const index = table(['Operation', 'Summary'], operations.map(({ method, path, operation }) => (
    [`[${method} ${path}](#${operation.operationId.toLowerCase()})`, operation.summary]
  )))
  const chapters = tags.map(tag => [
    `### ${tag}`,
    ...operations.filter(({ operation }) => operation.tags[0] === tag).map(route => describe(route, shared)),
  ].join('\n\n'))
  const errors = table(['Operations', 'Errors that each of them may answer'], [
    ['all', everywhere.join(', ')], ['with the API key', withKey.join(', ')], ['with a body', withBody.join(', ')],
  ])
  return [index, 'The chapters below list only the errors beyond these:', errors, ...chapters].join('\n\n')
}

function isOpen ({ security }: Operation): boolean {
  return security?.length === 0
}

/** Errors that all of the routes may answer. */
function sharedErrors (routes: Route[]): string[] {
  const [first = [], ...others] = routes.map(({ operation }) => errorsOf(operation))
  return first.filter(error => others.every(errors => errors.includes(error)))
}

function describe ({ method, path, operation }: Route, shared: string[]): string {
  const { operationId, summary, description, requestBody, parameters = [] } = operation
  const media = requestBody?.content[JSON_TYPE]
  const errors = errorsOf(operation).filter(error => !shared.includes(error))
  return [
    `#### ${operationId}`,
    `\`${method} ${path}\`${isOpen(operation) ? ' (no API key)' : ''}`,
    `${summary}.${description === undefined ? '' : ` ${description}`}`,
    parameters.length > 0 &&
      table(
        ['Parameter', 'In', 'Form', 'Required'],
        parameters.map(({ name, in: place, required, schema }) => [
          `\`${name}\``, place, formOf(schema), required ? 'yes' : 'no'
        ])
      ),
    media !== undefined && fieldTable(media.schema),
    exampleOf({ method, path, operation }),
    errors.length > 0 && `Errors: ${errors.join(', ')}.`,
  ].filter(Boolean).join('\n\n')
}

function exampleOf ({ method, path, operation }: Route): string {
  const { parameters = [], requestBody, responses } = operation
  const query = parameters.filter(({ in: place, example }) => place === 'query' && example !== undefined)
    .map(({ name, example }) => `${name}=${example}`).join('&')
  const body = firstExample(requestBody?.content)
  const call = [
    `curl -s ${method === 'GET' ? '' : `-X ${method} `}"$ENDPOINT${path}${query && `?${query}`}"`,
    !isOpen(operation) && '-H "api-key: $API_KEY"',
    body !== undefined && `-H 'content-type: ${JSON_TYPE}' -d '${JSON.stringify(shorten(body))}'`,
  ].filter(Boolean).join(' \\\n  ')
  const answer = firstExample(responses['200']?.content)
  const shown = typeof answer === 'string' ? fence('text', answer.trimEnd()) : fence('json', shorten(answer))
  return `${fence('text', call)}\n\n${shown}`
}

function firstExample (content: Operation['responses'][string]['content'] | undefined): unknown {
  return Object.values(Object.values(content ?? {})[0]?.examples ?? {})[0]?.value
}

/** Encrypted bodies are lists of hundreds of bytes. */
function shorten (value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(shorten)
    return value.length > LONGEST_LIST && typeof value[0] === 'number' ? [...items.slice(0, LONGEST_LIST), '…'] : items
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shorten(field)]))
}

/** The errors that an operation may answer, each with its status. */
function errorsOf ({ responses }: Operation): string[] {
  return Object.entries(responses).filter(([status]) => Number(status) >= 400)
    .flatMap(([status, { content }]) => Object.keys(content[JSON_TYPE]!.examples!).map(code => `${status} \`${code}\``))
}

/** The fields of a body, nested ones by their path. Null if it has none. */
function fieldTable (schema: Schema): string | null {
  const rows = fieldRows(schema, '')
  return rows.length === 0 ? null : table(['Field', 'Form', 'Required'], rows)
}

function fieldRows (schema: Schema, prefix: string): string[][] {
  const { anyOf: variants } = schema
  if (variants !== undefined) {
    return fieldRows(variants.find(({ properties }) => properties !== undefined) ?? {}, prefix)
  }
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const row = [`\`${prefix}${name}\``, formOf(field), schema.required?.includes(name) === true ? 'yes' : 'no']
    const nested = field.items ?? field
    return [row, ...fieldRows(nested, `${prefix}${name}${field.items === undefined ? '.' : '[].'}`)]
  })
}

function formOf (schema: Schema): string {
  const { anyOf: variants } = schema
  if (variants !== undefined) return variants.map(formOf).join(' or ')
  const { type, format, enum: values, minimum, maximum, minLength, maxLength, description, items } = schema
  return [
    values?.map(value => `\`${value}\``).join(' or ') ?? (items === undefined ? type : `list of ${formOf(items)}`),
    format,
    minimum !== undefined && `from ${minimum}`,
    maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER && `to ${maximum}`,
    minLength !== undefined && `at least ${minLength} characters`,
    maxLength !== undefined && `at most ${maxLength} characters`,
    description,
  ].filter(Boolean).join(', ')
}
