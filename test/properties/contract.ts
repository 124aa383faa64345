import assert from 'node:assert/strict'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { ajvFormats } from '../../schemas/validation/formats.js'
import type { Operation } from '../documentation/document.js'
import type { GeneratedRequest } from './request.js'

export interface Answer {
  status: number
  headers: Record<string, unknown>
  /** Empty for an answer that has no end. */
  text: string
}

const JSON_TYPE = 'application/json'
/** The document says so in words: a place among the followers is free when one of them leaves. */
const WITHOUT_HEADER: Record<string, string> = { TOO_MANY_FOLLOWERS: 'retry-after' }

/** Checks from the OpenAPI document for an operation. */
export function contractOf ({ security, parameters = [], requestBody, responses }: Operation) {
  const ajv = new Ajv2020({ formats: ajvFormats, strict: false })
  const bodySchema = requestBody?.content[JSON_TYPE]?.schema
  const isBody = bodySchema === undefined ? null : ajv.compile(bodySchema)
  const fields = parameters.filter(({ in: place }) => place === 'query').map(({ name, required, schema }) => ({
    name, required, isValue: ajv.compile(schema)
  }))
  const answers = new Map(Object.entries(responses).map(([status, { headers, content }]) => {
    const checks = Object.entries(headers).map(([name, { schema }]) => [name, ajv.compile(schema)] as const)
    const json = content[JSON_TYPE]
    return [
      Number(status),
      { types: Object.keys(content), headers: checks, isJson: json === undefined ? null : ajv.compile(json.schema) },
    ]
  }))

  /** Throws an AssertionError if an answer is not as documented. */
  function expectDocumented ({ status, headers, text }: Answer): void {
    const documented = answers.get(status)
    assert.ok(documented, `${status} is not documented: ${text}`)
    const type = mediaType(headers['content-type'])
    assert.ok(documented.types.includes(type), `${type} is not documented with ${status}`)
    const isJson = type === JSON_TYPE ? documented.isJson : null
    const body = isJson === null ? null : JSON.parse(text)
    assert.ok(isJson === null || isJson(body), `${text}: ${JSON.stringify(isJson?.errors)}`)
    for (const [name, isHeader] of documented.headers) {
      if (WITHOUT_HEADER[body?.code] !== name) {
        assert.ok(
          isHeader(headers[name]), `${name} of ${status}: ${JSON.stringify(headers[name])}`
        )
      }
    }
  }

  /** The document's reason to refuse the request, or null if it has none. */
  function objectionTo ({ key, path, headers, body }: GeneratedRequest): string | null {
    if (security === undefined && key !== 'right') return 'no API key'
    const query = new URLSearchParams(/\?(.*)/s.exec(path)?.[1])
    for (const { name, required, isValue } of fields) {
      if (required && !query.has(name)) return `no ${name}`
      if (!query.getAll(name).every(value => isValue(value))) return `wrong ${name}`
    }
    if (isBody === null) return null
    const text = body?.toString() ?? ''
    if (text !== '' && mediaType(headers['content-type']) !== JSON_TYPE) return 'wrong content-type'
    // An empty body says the same as an empty object.
    return isBody(parse(text === '' ? '{}' : text)) ? null : `wrong body: ${JSON.stringify(isBody.errors)}`
  }

  return { expectDocumented, objectionTo }
}

function mediaType (contentType: unknown): string {
  return String(contentType).replace(/\s*;.*/s, '')
}

/** Undefined for a body that is no JSON. No schema of a body allows undefined. */
function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
