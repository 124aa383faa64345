import { type Case, KEY, malformed, OK, raw, rawGet, shown, UNSUPPORTED, VALID_BODY } from '../case.js'

const PATH = '/api/getRuntimeConfig'

function code (number: number): string {
  return String.fromCharCode(number)
}

function range (first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => code(first + index))
}

/** RFC 9110, section 5.6.2: characters that a name may not contain. */
const names: Case[] = [
  ...'"(),/;<=>?@[\\]{} ', '\x7f', '\x80', '\xff', ...range(0x00, 0x09), '\x0b', '\x0c', '\x1f'
].map(character =>
  malformed(`"${shown(character)}" in a header's name`, rawGet(PATH, { headers: [`x${character}a: b`] })))

const values: Case[] = [
  ...[...range(0x00, 0x08), '\x0b', '\x0c', ...range(0x0e, 0x1f), '\x7f'].map(character =>
    malformed(`"${shown(character)}" in a header's value`, rawGet(PATH, { headers: [`x-a: b${character}c`] }))),
  ...['\t', ' ', '\x80', '\xff', '"', '\\', '%00', '<script>', '../..', ''].map((value): Case => (
    {
      name: `"${shown(value)}" in a header's value`, bytes: rawGet(PATH, { headers: [`x-a: ${value}`] }), answers: OK
    })),
  malformed('no colon', rawGet(PATH, { headers: ['x-a'] })),
  malformed('no name', rawGet(PATH, { headers: [': b'] })),
  { name: 'a value without a space before it', bytes: rawGet(PATH, { headers: ['x-a:b'] }), answers: OK },
  { name: 'a value with blanks around it', bytes: rawGet(PATH, { headers: ['x-a:  \t b \t '] }), answers: OK },
  { name: 'a value with colons', bytes: rawGet(PATH, { headers: ['x-a: b: c'] }), answers: OK },
]

const sizes: Case[] = [
  {
    name: 'a header of 15,000 characters',
    bytes: rawGet(PATH, { headers: [`x-a: ${'b'.repeat(15_000)}`] }),
    answers: OK,
  },
  {
    name: 'a header of 20,000 characters',
    bytes: rawGet(PATH, { headers: [`x-a: ${'b'.repeat(20_000)}`] }),
    answers: [[431, 'HEADERS_TOO_LARGE']],
    closes: true,
  },
  {
    name: 'a header name of 20,000 characters',
    bytes: rawGet(PATH, { headers: [`${'b'.repeat(20_000)}: a`] }),
    answers: [[431, 'HEADERS_TOO_LARGE']],
    closes: true,
  },
  {
    name: '1,000 headers',
    bytes: rawGet(PATH, { headers: Array.from({ length: 1000 }, (_, index) => `x-${index}: b`) }),
    answers: OK,
  },
  {
    name: '10,000 headers',
    bytes: rawGet(PATH, { headers: Array.from({ length: 10_000 }, (_, index) => `x-${index}: b`) }),
    answers: [[431, 'HEADERS_TOO_LARGE']],
    closes: true,
  },
  { name: 'one header 1,000 times', bytes: rawGet(PATH, { headers: Array<string>(1000).fill('x-a: b') }), answers: OK },
]

/** Names that mean something to JavaScript objects, to proxies, or to Node. */
const telling: Case[] = [
  '__proto__: x', 'constructor: x', 'prototype: x', 'toString: x', 'hasOwnProperty: x',
  'x-http-method-override: DELETE', 'x-original-url: /health', 'x-rewrite-url: /health', 'x-forwarded-for: 127.0.0.1',
  'x-forwarded-host: evil.example', 'x-forwarded-proto: https', 'forwarded: for=127.0.0.1', 'x-real-ip: 127.0.0.1',
  'via: 1.1 proxy', 'host: other', 'host: [::1]:5000', 'host: ', 'origin: null', 'origin: https://evil.example',
  'referer: javascript:alert(1)', 'cookie: api-key=wrong', 'accept: text/html', 'accept: ', 'accept-encoding: gzip, br',
  'accept-charset: utf-16', 'accept-language: x', 'accept-version: 9.9.9', 'range: bytes=0-1', 'if-match: "x"',
  'if-none-match: *', 'if-modified-since: Sun, 22 Nov 2026 00:00:00 GMT', 'cache-control: only-if-cached',
  'max-forwards: 0', 'te: trailers', 'trailer: x-a', 'connection: keep-alive', 'connection: api-key', 'connection: ',
  'keep-alive: timeout=99999', 'upgrade: websocket', 'upgrade: h2c', 'http2-settings: AAMAAABkAARAAAAAAAIAAAAA',
  'sec-websocket-key: x', 'proxy-authorization: Basic eDp5', 'prefer: respond-async',
].map((line): Case => ({ name: `header ${line}`, bytes: rawGet(PATH, { headers: [line] }), answers: OK }))

const expectations: Case[] = [
  {
    name: 'expect 100-continue', bytes: raw({ headers: ['expect: 100-continue'] }), answers: [[100, null], [200, null]]
  },
  {
    name: 'expect in upper case',
    bytes: raw({ headers: ['Expect: 100-CONTINUE'] }),
    answers: [[100, null], [200, null]],
  },
  {
    name: 'expect 100-continue and more',
    bytes: raw({ headers: ['expect: 100-continue, foo'] }),
    answers: [[100, null], [200, null]],
  },
  ...['foo', '200-ok', ''].map((value): Case => (
    {
      name: `expect "${value}"`, bytes: raw({ headers: [`expect: ${value}`] }), answers: [[417, 'EXPECTATION_FAILED']]
    })),
]

const connections: Case[] = [
  { name: 'connection close', bytes: rawGet(PATH, { headers: ['connection: close'] }), answers: OK, closes: true },
  {
    name: 'connection close in upper case',
    bytes: rawGet(PATH, { headers: ['CONNECTION: CLOSE'] }),
    answers: OK,
    closes: true,
  },
  {
    name: 'proxy-connection close',
    bytes: rawGet(PATH, { headers: ['proxy-connection: close'] }),
    answers: OK,
    closes: true,
  },
  {
    name: 'connection close among others',
    bytes: rawGet(PATH, { headers: ['connection: x, close'] }),
    answers: OK,
    closes: true,
  },
  {
    name: 'an upgrade that is asked for',
    bytes: rawGet(PATH, { headers: ['connection: upgrade', 'upgrade: websocket'] }),
    answers: OK,
  },
  {
    name: 'an upgrade to HTTP/2',
    bytes: rawGet(PATH, {
      headers: ['connection: upgrade, http2-settings', 'upgrade: h2c', 'http2-settings: AAMAAABkAARAAAAAAAIAAAAA']
    }),
    answers: OK,
  },
]

const missing: Case['answers'] = [[401, 'API_KEY_MISSING']]
const wrong: Case['answers'] = [[401, 'API_KEY_INVALID']]
/** The corpus has few refused ones, because failed authentication is throttled. */
const credentials: Case[] = [
  { name: 'no key', bytes: rawGet(PATH, { key: null }), answers: missing },
  { name: 'an empty key', bytes: rawGet(PATH, { key: '' }), answers: wrong },
  { name: 'a key of another length', bytes: rawGet(PATH, { key: 'x' }), answers: wrong },
  { name: 'a key and a character', bytes: rawGet(PATH, { key: `${KEY}0` }), answers: wrong },
  { name: 'a key of 15,000 characters', bytes: rawGet(PATH, { key: '0'.repeat(15_000) }), answers: wrong },
  {
    name: 'an unknown scheme',
    bytes: rawGet(PATH, { key: null, headers: [`authorization: Digest ${KEY}`] }),
    answers: missing,
  },
  {
    name: 'Bearer without a token',
    bytes: rawGet(PATH, { key: null, headers: ['authorization: Bearer'] }),
    answers: missing,
  },
  {
    name: 'Basic that is no base64',
    bytes: rawGet(PATH, { key: null, headers: ['authorization: Basic \xff\xfe'] }),
    answers: wrong,
  },
  { name: 'the key twice', bytes: rawGet(PATH, { headers: [`api-key: ${KEY}`] }), answers: OK },
  { name: 'a wrong key beside the right one', bytes: rawGet(PATH, { headers: ['api-key: x'] }), answers: OK },
  {
    name: 'a wrong key before the right one',
    bytes: rawGet(PATH, { key: 'x', headers: [`api-key: ${KEY}`] }),
    answers: OK,
  },
  {
    name: 'the key as a Bearer token',
    bytes: rawGet(PATH, { key: null, headers: [`authorization: bearer ${KEY}`] }),
    answers: OK,
  },
  {
    name: 'two authorizations',
    bytes: rawGet(PATH, { headers: ['authorization: Bearer x', 'authorization: Bearer y'] }),
    answers: OK,
  },
  {
    name: 'the name of the header in upper case',
    bytes: rawGet(PATH, { key: null, headers: [`API-KEY: ${KEY}`] }),
    answers: OK,
  },
]

const types: Case[] = [
  ...[
    'application/json; charset=utf-8', 'application/json;charset=UTF-8', 'application/json ; charset=utf-8',
    'APPLICATION/JSON', 'application/json; x=y', 'application/json;', 'application/json; charset="utf-8"',
  ].map((contentType): Case => ({ name: `content-type ${contentType}`, bytes: raw({ contentType }), answers: OK })),
  ...[
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/octet-stream',
    'application/jsonx',
    'application/json5',
    'application/vnd.api+json',
    'application/ld+json',
    'application',
    'application/',
    '/json',
    'json',
    '*/*',
    'application/*',
    'application/json, text/plain',
    'application/json application/json',
    'application /json',
    'application/ json',
    '',
    ' ',
    '""',
    'application\\json',
    'application/json\x80',
    '\xffapplication/json',
    '__proto__',
    'constructor',
    'application/json/x',
    'text/plain; application/json',
    'application/' + 'x'.repeat(5000),
  ].map((contentType): Case => ({
    name: `content-type "${shown(contentType.slice(0, 60))}"`, bytes: raw({ contentType }), answers: UNSUPPORTED
  })),
  { name: 'a body without content-type', bytes: raw({ contentType: null }), answers: UNSUPPORTED },
  { name: 'two content-types, the first JSON', bytes: raw({ headers: ['content-type: text/plain'] }), answers: OK },
  {
    name: 'two content-types, the second JSON',
    bytes: raw({ contentType: 'text/plain', headers: ['content-type: application/json'] }),
    answers: UNSUPPORTED,
  },
  ...['gzip', 'deflate', 'br', 'zstd', 'x', 'gzip, identity', 'identity, gzip', 'GZIP'].map((coding): Case => (
    {
      name: `content-encoding ${coding}`,
      bytes: raw({ headers: [`content-encoding: ${coding}`] }),
      answers: UNSUPPORTED,
    })),
  ...['identity', 'IDENTITY', ''].map((coding): Case => ({
    name: `content-encoding "${coding}"`, bytes: raw({ headers: [`content-encoding: ${coding}`] }), answers: OK
  })),
  {
    name: 'content-encoding of a GET',
    bytes: rawGet(PATH, {
      headers: ['content-encoding: gzip'], contentLength: String(VALID_BODY.length), body: VALID_BODY
    }),
    answers: OK,
  },
]

export const headers: Case[] = [
  ...names, ...values, ...sizes, ...telling, ...expectations, ...connections, ...credentials, ...types
]
