import { readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { type ErrorCode, ERRORS } from '../../src/errors.js'
import { ajvFormats } from '../../src/schema-check.js'
import { buildDocumented, fetchOperations } from './document.js'

const ajv = new Ajv2020({ formats: ajvFormats, strict: false })

t.test('the document has every route, with all that a reader needs', async t => {
  const service = await buildDocumented(t)
  const operations = await fetchOperations(service)
  const routes = service.routes.filter(({ method, url }) => method !== 'HEAD' && !url.startsWith('/documentation'))
  t.same(operations.map(({ method, path }) => `${method} ${path}`).sort(), routes.map(({ method, url }) => `${method} ${url}`).sort())
  t.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length, 'an operationId of its own for each')

  for (const { operationId, method, path, summary, tags, security, parameters = [], requestBody, responses } of operations) {
    t.match(summary, /^[A-Z].*[^.]$/, `${operationId} has a summary`)
    t.equal(tags?.length, 1, `${operationId} has a tag`)
    const successes = Object.keys(responses).filter(status => status.startsWith('2'))
    const { 'application/json': json, ...others } = responses[successes[0]!]?.content ?? {}
    t.ok(json?.examples ?? Object.keys(others).length > 0, `${operationId} has an example of a JSON answer`)
    if (requestBody?.required) t.ok(requestBody.content['application/json']?.examples, `${operationId} has an example of a body`)
    for (const { name, required, example } of parameters) t.ok(!required || example, `${operationId} has an example of ${name}`)
    for (const [status, { headers }] of Object.entries(responses)) {
      const own = ({ 401: ['www-authenticate'], 429: ['retry-after'] } as Record<string, string[]>)[status] ?? []
      t.same(Object.keys(headers), ['cache-control', ...own], `${operationId} ${status}`)
    }

    const open = security?.length === 0
    t.equal('401' in responses, !open, `${operationId} has 401 unless it is open`)
    const { statusCode, headers } = await service.app.inject({ method, url: path })
    t.equal(statusCode === 401, !open, `${operationId} answers ${statusCode} without a key`)
    t.equal(headers['www-authenticate'], open ? undefined : 'Bearer realm="generator-client"')
  }
})

t.test('every example is valid, every error is in the catalogue', async t => {
  const service = await buildDocumented(t)
  let examples = 0
  const codes = new Set<string>()

  function check (name: string, schema: object, value: unknown): void {
    examples += 1
    const validate = ajv.compile(schema)
    t.ok(validate(value), `${name} ${JSON.stringify(validate.errors)}`)
  }

  for (const { operationId, parameters = [], requestBody, responses } of await fetchOperations(service)) {
    for (const { name, example, schema } of parameters) {
      if (example !== undefined) check(`${operationId} ${name}`, schema, example)
    }
    const contents = Object.entries({ body: requestBody, ...responses })
    for (const [part, content] of contents) {
      const { schema, examples = {} } = content?.content['application/json'] ?? { schema: {} }
      for (const [name, { value }] of Object.entries(examples)) {
        check(`${operationId} ${part} ${name}`, schema, value)
        if (part.startsWith('4') || part.startsWith('5')) {
          t.equal(ERRORS[name as ErrorCode]?.statusCode, Number(part), `${operationId} ${name}`)
          codes.add(name)
        }
      }
    }
  }
  t.ok(examples > 300, `${examples} examples`)
  // Answers of paths and methods that no route has.
  t.same(Object.keys(ERRORS).filter(code => !codes.has(code)), ['ROUTE_NOT_FOUND', 'METHOD_NOT_ALLOWED'])
})

t.test('its version is the package\'s', async t => {
  const service = await buildDocumented(t)
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  t.equal((await service.app.inject('/documentation/json')).json().info.version, version)
})
