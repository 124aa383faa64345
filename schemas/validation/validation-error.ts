import type { FastifySchemaValidationError } from 'fastify'
import { formats } from './formats.js'
import { shownName } from './shown-name.js'

/** A request is wrong. `field` is a path like `generator_config/0/address`. */
export class InvalidRequest extends Error {
  constructor (readonly field: string, problem: string) {
    super(`${field}: ${problem}`)
  }
}

/** Generators of the oldest examples have these fields. */
const FORMER_FIELDS = new Set(['staked_amount', 'min_reward'])

type AjvError = FastifySchemaValidationError & { propertyName?: string }

/** Fastify's schemaErrorFormatter. It names fields, but never repeats a value of the request. */
export function describeValidationErrors (errors: AjvError[], part: string): InvalidRequest {
  const error = deepest(errors)
  const path = error.instancePath.slice(1).split('/').map(shownName).join('/')
  switch (error.keyword) {
    case 'required':
      return new InvalidRequest(join(path, error.params['missingProperty']), 'is required')
    case 'additionalProperties':
      return new InvalidRequest(join(path, error.params['additionalProperty']), FORMER_FIELDS.has(String(error.params['additionalProperty'])) ? 'is no longer used, leave it out' : 'is not a known field here, remove it')
    case 'minProperties':
      return new InvalidRequest(path || part, 'must have at least one field to change')
    case 'uniqueItems':
      return new InvalidRequest(path, 'must not list the same value twice')
  }
  const alternatives = errors.filter(({ instancePath, keyword }) => instancePath === error.instancePath && !COMBINING.has(keyword))
  const field = error.propertyName === undefined ? path || part : join(path, error.propertyName)
  return new InvalidRequest(field, [...new Set(alternatives.map(problemOf))].join(' or '))
}

/** Picks the error of the alternative nearest to the value, such as a market's port or an object. */
function deepest (errors: AjvError[]): AjvError {
  const named = errors.find(({ keyword }) => keyword === 'additionalProperties')
  return named ?? errors.reduce((found, error) => error.instancePath.length > found.instancePath.length ? error : found)
}

/** Errors of these keywords only say that other errors led to them. */
const COMBINING = new Set(['anyOf', 'propertyNames'])

function problemOf ({ keyword, params, message }: AjvError): string {
  const { limit } = params
  switch (keyword) {
    case 'format': return `must be ${formats[params['format'] as keyof typeof formats].expected}`
    case 'enum': return `must be one of ${(params['allowedValues'] as string[]).join(', ')}`
    case 'maxLength': return `must have at most ${limit} characters`
    case 'minLength': return 'must not be empty'
    case 'maxItems': return `must have at most ${limit} entries`
    case 'minItems': return 'must have at least one entry'
    case 'maxProperties': return `must have at most ${limit} fields`
    default: return String(message)
  }
}

function join (path: string, name: unknown): string {
  const shown = shownName(String(name))
  return path === '' ? shown : `${path}/${shown}`
}
