import { operations } from '../../schemas/operations.js'
import type { Operation } from '../../schemas/operations/operation.js'
import { DAY } from './day.js'

const DESCRIPTION = `The operations of the management API in an operator's order.
Against a fresh service every assertion holds:

    CHAIN_CHECKS=off npm start
    npx newman run deploy/postman/generator-client.postman_collection.json

Set the variable \`endpoint\`. generateApiKey and rotateApiKey fill in \`api-key\`.
\`private-key\` is the gas key; the collection makes one up if it is empty.

An error's code is in the body, and in the status line that Postman shows: \`HTTP/1.1 401 API_KEY_MISSING\`.
\`benchmark\` is left out, because it needs a generator that listens on the port of its market.`

/** Scripts beside the comparison with the example. */
const BEFORE: Partial<Record<string, string[]>> = {
  generatorConfigSetup: [
    '// Stands in for a gas key where none is set: enough with CHAIN_CHECKS=off, refused as too poor otherwise.',
    "if (!pm.variables.get('private-key')) {",
    "  pm.collectionVariables.set('private-key', require('crypto-js').lib.WordArray.random(32).toString())",
    '}',
  ],
  rotateApiKey: [
    '// Only the digest of the new key travels.',
    "const { lib, SHA256 } = require('crypto-js')",
    'const key = lib.WordArray.random(32).toString()',
    "pm.variables.set('new-api-key', key)",
    "pm.variables.set('new-api-key-sha256', SHA256(key).toString())",
  ],
}
const AFTER: Partial<Record<string, string[]>> = {
  generateApiKey: ["if (pm.response.code === 200) pm.collectionVariables.set('api-key', pm.response.json().data)"],
  rotateApiKey: [
    "if (pm.response.code === 200) pm.collectionVariables.set('api-key', pm.variables.get('new-api-key'))",
  ],
}

/** Fields of a body that differ from the example's. */
const FIELDS: Partial<Record<string, string>> = {
  private_key: '{{private-key}}', api_key_sha256: '{{new-api-key-sha256}}'
}

/** Runs after every request. Times, figures of a process and results of a key differ from run to run. */
const COMPARE = [
  "const VARYING = ['pid', 'uptime_seconds', 'exit_code', 'exit_signal', 'started_at', 'stopped_at', 'v', 'version',",
  "  'boot_id', 'channel', 'attested_address', 'spki_sha256']",
  'const comparable = (name, value) => {',
  "  if (VARYING.includes(name)) return 'varies'",
  "  if (typeof value !== 'string') return value",
  "  const withoutHex = value.replace(/[0-9a-f]{40,}/gi, digits => digits.length + ' hex digits')",
  "  return withoutHex.replace(/\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z/g, '<time>')",
  '}',
  'const plain = answer => JSON.parse(JSON.stringify(answer, comparable))',
  "pm.test('status 200', () => pm.response.to.have.status(200))",
  "const example = plain(JSON.parse(pm.variables.get('example')))",
  "pm.test('answer like the example', () => pm.expect(plain(pm.response.json())).to.deep.equal(example))",
]

/**
 * Builds the Postman collection (format 2.1.0) of the operations in DAY. Each request is the operation's example, and
 * each test is its answer.
 */
export function createCollection (): object {
  return {
    info: {
      _postman_id: '6f1f0c52-6d0f-4a55-9c7e-2b6d6f1c7a10',
      name: 'generator-client',
      description: DESCRIPTION,
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    item: DAY.map(name => itemOf(name, operations[name])),
    event: [script('test', COMPARE)],
    variable: Object.entries({ endpoint: 'http://127.0.0.1:5000', 'api-key': '', 'private-key': '' }).map(
      ([key, value]) => ({ key, value, type: 'string' })
    ),
  }
}

function itemOf (name: string, { method, schema }: Operation): object {
  const { summary, description, security, examples: { query = {}, body, 200: answer } } = schema
  const parameters = Object.entries(query).map(([key, value]) => ({ key, value }))
  return {
    name,
    event: [
      script('prerequest', [
        `pm.variables.set('example', ${JSON.stringify(JSON.stringify(answer))})`, ...(BEFORE[name] ?? [])
      ]),
      ...AFTER[name] === undefined ? [] : [script('test', AFTER[name])],
    ],
    request: {
      method,
      header: [
        ...security === undefined ? [{ key: 'api-key', value: '{{api-key}}' }] : [],
        ...body === undefined ? [] : [{ key: 'Content-Type', value: 'application/json' }],
      ],
      ...body !== undefined && { body: { mode: 'raw', raw: bodyOf(body), options: { raw: { language: 'json' } } } },
      url: {
        raw: `{{endpoint}}/api/${name}${parameters.length === 0 ? '' : `?${new URLSearchParams(query)}`}`,
        host: ['{{endpoint}}'],
        path: ['api', name],
        ...parameters.length > 0 && { query: parameters },
      },
      description: description === undefined ? `${summary}.` : `${summary}. ${description}`,
    },
  }
}

function script (listen: 'prerequest' | 'test', exec: string[]): object {
  return { listen, script: { type: 'text/javascript', exec } }
}

function bodyOf (example: unknown): string {
  return JSON.stringify(example, (name, value) => FIELDS[name] ?? value, 2)
}
