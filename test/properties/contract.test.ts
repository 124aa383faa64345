import t from 'tap'
import type { Operation } from '../documentation/document.js'
import { contractOf } from './contract.js'
import type { GeneratedRequest } from './request.js'

const json = (schema: object) => ({ 'application/json': { schema } })
const operation: Operation = {
  operationId: 'move',
  method: 'PUT',
  path: '/move',
  parameters: [{ name: 'to', in: 'query', required: true, schema: { type: 'string', format: 'port' } }],
  requestBody: {
    required: true, content: json({ type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] })
  },
  responses: {
    200: { description: '', headers: {}, content: json({ type: 'object', required: ['data'] }) },
    401: {
      description: '',
      headers: { 'www-authenticate': { required: true, schema: { type: 'string', const: 'Bearer' } } },
      content: json({ type: 'object' }),
    },
    429: {
      description: '',
      headers: { 'retry-after': { required: false, schema: { type: 'string', pattern: '^[1-9]$' } } },
      content: json({ type: 'object' }),
    },
  },
}
const { expectDocumented, objectionTo } = contractOf(operation)

t.test('answers as documented, and others', async t => {
  const type = { 'content-type': 'application/json; charset=utf-8' }
  const answer = (status: number, headers: object, text: string) => () => expectDocumented({
    status, headers: { ...type, ...headers }, text
  })
  t.doesNotThrow(answer(200, {}, '{"data":1}'))
  t.doesNotThrow(answer(401, { 'www-authenticate': 'Bearer' }, '{}'))
  t.doesNotThrow(answer(429, { 'retry-after': '5' }, '{"code":"TOO_MANY_FAILED_ATTEMPTS"}'))
  t.doesNotThrow(answer(429, {}, '{"code":"TOO_MANY_FOLLOWERS"}'))
  t.throws(answer(201, {}, '{"data":1}'), { message: '201 is not documented: {"data":1}' })
  t.throws(answer(
    200, { 'content-type': 'text/html' }, '{"data":1}'
  ), { message: 'text/html is not documented with 200' })
  t.throws(answer(200, {}, '{}'), { message: /^\{\}: .*must have required property 'data'/ })
  t.throws(answer(200, {}, ''), SyntaxError)
  t.throws(answer(401, {}, '{}'), { message: 'www-authenticate of 401: undefined' })
  t.throws(answer(401, { 'www-authenticate': 'Basic' }, '{}'), { message: 'www-authenticate of 401: "Basic"' })
  t.throws(
    answer(429, { 'retry-after': '0' }, '{"code":"TOO_MANY_FAILED_ATTEMPTS"}'), { message: 'retry-after of 429: "0"' }
  )
})

t.test('requests that the document refuses', async t => {
  const request = (change: Partial<GeneratedRequest>): GeneratedRequest => ({
    method: 'PUT',
    path: '/move?to=80',
    headers: {
      'content-type': 'application/json'
    },
    body: Buffer.from('{"a":1}'),
    key: 'right',
    ...change
  })
  t.equal(objectionTo(request({})), null)
  t.equal(objectionTo(request({ key: 'wrong' })), 'no API key')
  t.equal(objectionTo(request({ path: '/move' })), 'no to')
  t.equal(objectionTo(request({ path: '/move?to=0' })), 'wrong to')
  t.equal(objectionTo(request({ headers: { 'content-type': 'text/plain' } })), 'wrong content-type')
  for (const body of ['{"a":"1"}', '{"a":', '{}', '']) {
    t.match(
      objectionTo(request({ body: Buffer.from(body) })), /^wrong body: /, body
    )
  }
  t.match(objectionTo(request({ body: null })), /^wrong body: /)
})
