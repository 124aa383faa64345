import fc from 'fast-check'
import { exampleOf, type Operation } from '../documentation/document.js'
import { address, configurationSetup, generator, generatorUpdate, runtimeUpdate } from './arbitraries.js'

export interface GeneratedRequest {
  method: string
  /** The path with its query. */
  path: string
  headers: Record<string, string>
  body: Buffer | null
  key: 'right' | 'wrong' | 'none'
}

const NAMES = [
  '__proto__', 'constructor', 'prototype', 'toString', '', 'address', 'data', 'request', 'private_key', 'a b', 'ä', '0'
]
const ODD_VALUES = [
  null,
  true,
  '',
  ' ',
  '0',
  '0x',
  '-1',
  '1e400',
  'null',
  '\0',
  '\ud800',
  '\u202e',
  'Infinity',
  '%00',
  '../../etc/passwd',
  "'; --",
  '{}',
  `0x${'0'.repeat(40)}`,
  `0x${'f'.repeat(64)}`,
  '0'.repeat(64),
  'x'.repeat(5000),
  0,
  -0,
  -1,
  0.5,
  2 ** 31,
  2 ** 53,
  2 ** 64,
  1e308,
  [],
  {},
  [[]],
  [null],
  'https://127.0.0.1:8545/',
  'http://rpc.example/',
  'file:///etc/passwd',
  'kalypso-generator',
  'other-program',
]
const CONTENT_TYPES = [
  'application/json', 'application/json; charset=utf-8', 'application/json; charset=latin1', 'text/plain',
  'application/x-www-form-urlencoded', 'multipart/form-data', 'application/jsonx', 'x',
]

/** Right bodies. The configuration of the moment may still make the service refuse them. */
const RIGHT_BODIES: Record<string, fc.Arbitrary<unknown>> = {
  generatorConfigSetup: configurationSetup,
  updateRuntimeConfig: runtimeUpdate,
  updateGeneratorConfig: generatorUpdate,
  addNewGenerator: generator,
  removeGenerator: fc.record({ address }),
  fetchGeneratorPublicKeys: address.map(address => ({ generator_address: address })),
  signAddress: fc.record({ address }),
}

const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...ODD_VALUES), fc.jsonValue({ stringUnit: 'binary' })
).map(value => structuredClone(value))
const name = fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'binary', maxLength: 10 }))
const mutation = fc.record({ place: fc.nat(), how: fc.constantFrom('replace', 'remove', 'add', 'twice'), name, value })

type Mutation = typeof mutation extends fc.Arbitrary<infer Value> ? Value : never

/** Any request that HTTP lets through to the operation's route: right, nearly right, and nonsense. */
export function requestTo (operation: Operation): fc.Arbitrary<GeneratedRequest> {
  return fc.record({
    method: fc.constant(operation.method),
    path: queryFor(operation).map(query => operation.path + query),
    headers: fc.oneof(
      { weight: 8, arbitrary: fc.constant('application/json') },
      { weight: 1, arbitrary: fc.constantFrom(...CONTENT_TYPES) }
    )
      .map(contentType => ({ 'content-type': contentType })),
    body: bodyFor(operation),
    key: fc.oneof(
      { weight: 8, arbitrary: fc.constant('right' as const) },
      { weight: 1, arbitrary: fc.constantFrom('wrong' as const, 'none' as const) }
    ),
  }).map(request => request.body === null ? { ...request, headers: {} } : request)
}

function queryFor ({ parameters = [] }: Operation): fc.Arbitrary<string> {
  const text = fc.string({ unit: 'binary', maxLength: 20 }).map(text => text.toWellFormed())
  const documented = fc.tuple(...parameters.filter(({ in: place }) => place === 'query').map(({
    name, example = null
  }) => (
    fc.oneof(
      { weight: 8, arbitrary: fc.constant(example) },
      { weight: 1, arbitrary: text },
      { weight: 1, arbitrary: fc.constant(null) }
    )
      .map(value => value === null ? [] : [[name, value] as [string, string]])
  ))).map(pairs => pairs.flat())
  const pairs = fc.tuple(
    documented,
    fc.oneof(
      { weight: 6, arbitrary: fc.constant([]) },
      {
        weight: 1,
        arbitrary: fc.array(fc.tuple(fc.oneof(name, fc.constantFrom('program_name', 'lines')), text), { maxLength: 3 }),
      }
    )
  )
    .map(pairs => pairs.flat().map(pair => pair.map(one => encodeURIComponent(one.toWellFormed())).join('=')))
  return pairs.map(pairs => pairs.length === 0 ? '' : `?${pairs.join('&')}`)
}

function bodyFor ({ operationId, requestBody }: Operation): fc.Arbitrary<Buffer | null> {
  const example = exampleOf(requestBody?.content) ?? {}
  const text = JSON.stringify(example)
  const mutated = fc.array(mutation, { minLength: 1, maxLength: 3 })
    .map(mutations => Buffer.from(JSON.stringify(mutations.reduce(mutate, structuredClone(example)))))
  const right = RIGHT_BODIES[operationId]?.map(body => Buffer.from(JSON.stringify(body)))
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(requestBody === undefined ? null : Buffer.from(text)) },
    { weight: right === undefined ? 0 : 4, arbitrary: right ?? fc.constant(null) },
    { weight: 8, arbitrary: requestBody === undefined ? fc.constant(null) : mutated },
    { weight: 1, arbitrary: mutated },
    { weight: 1, arbitrary: value.map(value => Buffer.from(JSON.stringify(value))) },
    { weight: 1, arbitrary: fc.nat({ max: text.length }).map(length => Buffer.from(text.slice(0, length))) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map(bytes => Buffer.from(bytes)) }
  )
}

/** Changes one object or array somewhere in a JSON value, picked by number. */
function mutate (json: unknown, { place, how, name, value }: Mutation): unknown {
  const containers = containersIn(json)
  const container = containers[place % Math.max(1, containers.length)]
  if (container === undefined) return value
  const names = Object.keys(container)
  const old = names[place % Math.max(1, names.length)]
  if (how === 'add' || old === undefined) {
    set(
      container, Array.isArray(container) ? String(container.length) : name, value
    )
  } else if (how === 'replace') set(container, old, value)
  else if (how === 'twice') {
    set(
      container,
      Array.isArray(container) ? String(container.length) : old.toUpperCase(),
      (container as Record<string, unknown>)[old]
    )
  } else delete (container as Record<string, unknown>)[old]
  return json
}

/** Treats `__proto__` as any other name, like JSON.parse. */
function set (container: object, name: string, value: unknown): void {
  Object.defineProperty(container, name, { value, enumerable: true, configurable: true, writable: true })
}

function containersIn (json: unknown): object[] {
  if (json === null || typeof json !== 'object') return []
  return [json, ...Object.values(json).flatMap(containersIn)]
}
