import { readFile } from 'node:fs/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { type ErrorCode, ERRORS } from '../../src/errors.js'
import { ajvFormats } from '../../schemas/validation/formats.js'
import { createDocument } from '../../tools/openapi/create.js'
import { type Answer, buildDocumented, fetchOperations } from './document.js'

/** Answered for paths without a route. */
const UNROUTED = ['ROUTE_NOT_FOUND', 'METHOD_NOT_ALLOWED']
const ajv = new Ajv2020({ formats: ajvFormats, strict: false })

t.test('the document that is served is the one of the routes', async t => {
  const { app } = await buildDocumented(t)
  const served = (await app.inject('/documentation/json')).json()
  t.same(
    served,
    JSON.parse(JSON.stringify(await createDocument())),
    'dist/documentation is current: `npm run build` makes it'
  )
})

t.test('the document has every route, with all that a reader needs', async t => {
  const service = await buildDocumented(t)
  const operations = await fetchOperations(service)
  const routes = service.routes.filter(
    ({ method, url }) => method !== 'HEAD' && url !== '/' && !url.startsWith('/documentation')
  )
  t.same(
    operations.map(({ method, path }) => `${method} ${path}`).sort(),
    routes.map(({ method, url }) => `${method} ${url}`).sort()
  )
  t.equal(
    new Set(operations.map(({ operationId }) => operationId)).size,
    operations.length,
    'an operationId of its own for each'
  )

  for (const {
    operationId, method, path, summary, tags, security, parameters = [], requestBody, responses
  } of operations) {
    t.match(summary, /^[A-Z].*[^.]$/, `${operationId} has a summary`)
    t.equal(tags?.length, 1, `${operationId} has a tag`)
    if (requestBody?.required) {
      t.ok(requestBody.content['application/json']?.examples, `${operationId} has an example of a body`)
    }
    for (const { name, example } of parameters) t.ok(example, `${operationId} has an example of ${name}`)
    for (const [status, { headers, content }] of Object.entries(responses)) {
      const own = { 401: { 'www-authenticate': true }, 429: { 'retry-after': false } }[status] ?? {}
      t.same(requiredHeaders(headers), { 'cache-control': true, ...own }, `${operationId} ${status}`)
      for (const [type, { examples }] of Object.entries(content)) {
        t.ok(examples, `${operationId} has an example of ${status} as ${type}`)
      }
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
    const media = Object.entries({ body: requestBody, ...responses })
      .flatMap(([part, one]) => Object.values(one?.content ?? {}).map(media => ({ part, ...media })))
    for (const { part, schema, examples = {} } of media) {
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
  t.same(Object.keys(ERRORS).filter(code => !codes.has(code)), UNROUTED)
})

t.test('paths and methods that no route has are answered as the document\'s components say', async t => {
  const service = await buildDocumented(t)
  await service.generateApiKey()
  const components: Record<string, Answer> = (await service.app.inject('/documentation/json')).json().components
    .responses
  t.same(Object.keys(components), UNROUTED)
  for (const [code, url, own] of [
    ['ROUTE_NOT_FOUND', '/api/nowhere', {}],
    ['METHOD_NOT_ALLOWED', '/api/startGenerator', { allow: true }],
  ] as const) {
    const { headers, content } = components[code]!
    const { schema, examples } = content['application/json']!
    const answer = await service.send('GET', url)
    t.equal(answer.statusCode, ERRORS[code].statusCode)
    t.same(requiredHeaders(headers), { 'cache-control': true, ...own })
    for (const [name, { schema }] of Object.entries(headers)) {
      t.ok(ajv.validate(schema, answer.headers[name]), `${code} ${name}`)
    }
    for (const body of [answer.json(), examples![code]!.value]) {
      t.ok(ajv.validate(schema, body), `${code} ${JSON.stringify(ajv.errors)}`)
    }
  }
})

function requiredHeaders (headers: Answer['headers']): Record<string, boolean> {
  return Object.fromEntries(Object.entries(headers).map(([name, { required }]) => [name, required]))
}

t.test('its version is the package\'s', async t => {
  const service = await buildDocumented(t)
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))
  t.equal((await service.app.inject('/documentation/json')).json().info.version, version)
})
