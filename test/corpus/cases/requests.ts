import { METHODS } from 'node:http'
import { type Case, malformed, OK, raw, rawGet, shown } from '../case.js'

const PATH = '/api/getRuntimeConfig'
const NOT_FOUND: Case['answers'] = [[404, 'ROUTE_NOT_FOUND']]
const NOT_ALLOWED: Case['answers'] = [[405, 'METHOD_NOT_ALLOWED']]

const methods: Case[] = [
  ...METHODS.filter(method => !['GET', 'HEAD', 'CONNECT', 'QUERY'].includes(method)).map((method): Case => (
    { name: `${method} where GET is meant`, bytes: rawGet(PATH, { method }), answers: NOT_ALLOWED })),
  ...['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'].map((method): Case => (
    {
      name: `${method} where POST is meant`,
      bytes: raw({ method, ...method === 'GET' && { contentLength: null, body: '' } }),
      answers: NOT_ALLOWED,
    })),
  { name: 'HEAD where GET is meant', bytes: rawGet(PATH, { method: 'HEAD' }), answers: OK },
  { name: 'HEAD where POST is meant', bytes: rawGet('/api/signAddress', { method: 'HEAD' }), answers: [[405, null]] },
  malformed('CONNECT', rawGet('example.com:443', { method: 'CONNECT' })),
  malformed('CONNECT of a path', rawGet(PATH, { method: 'CONNECT' })),
  ...[
    'get', 'Get', 'GETT', 'FOO', '', 'G ET', 'GET,POST', 'GET\0', '"GET"', 'P\u00d6ST', '__proto__', 'A'.repeat(5000)
  ].map(method =>
    malformed(`method "${shown(method.slice(0, 40))}"`, rawGet(PATH, { method }))),
]

const versions: Case[] = [
  { name: 'HTTP/1.0', bytes: rawGet(PATH, { version: 'HTTP/1.0' }), answers: OK, closes: true },
  {
    name: 'HTTP/1.0 with keep-alive',
    bytes: rawGet(PATH, { version: 'HTTP/1.0', headers: ['connection: keep-alive'] }),
    answers: OK,
  },
  {
    name: 'RTSP/1.0, which Node takes for HTTP',
    bytes: rawGet(PATH, { version: 'RTSP/1.0' }),
    answers: OK,
    closes: true,
  },
  { name: 'two spaces before the version', bytes: rawGet(PATH, { version: ' HTTP/1.1' }), answers: OK },
  ...[
    'HTTP/0.9', 'HTTP/1.2', 'HTTP/1.9', 'HTTP/2.0', 'HTTP/2', 'HTTP/3.0', 'HTTP/9.9', 'HTTP/1', 'HTTP/1.', 'HTTP/.1',
    'HTTP/1.1.1', 'HTTP/01.1', 'HTTP/1.10', 'HTTP/-1.1', 'HTTP/1,1', 'HTTP 1.1', 'HTTP1.1', 'http/1.1', 'Http/1.1',
    'HTCPCP/1.0', 'HTTPS/1.1', 'ICE/1.0', 'HTTP/1.1 x', 'HTTP/1.1\t', 'HTTP/\u0661.1', '',
  ].map(version => malformed(`version "${shown(version)}"`, rawGet(PATH, { version }))),
  malformed('no version', Buffer.from(`GET ${PATH}\r\n\r\n`)),
  malformed('no path', Buffer.from('GET HTTP/1.1\r\n\r\n')),
  malformed('a tab in place of a space', Buffer.from(`GET\t${PATH}\tHTTP/1.1\r\n\r\n`)),
  malformed('a space before the method', Buffer.from(` GET ${PATH} HTTP/1.1\r\n\r\n`)),
]

/** Other spellings of a path are other paths: none is made equal to a route. */
const paths: Case[] = [
  ...[
    '//', '/api', '/api/', '/api//getRuntimeConfig', '//api/getRuntimeConfig', '/api/getRuntimeConfig/',
    '/api/getRuntimeConfig//', '/api/./getRuntimeConfig', '/api/../api/getRuntimeConfig', '/./api/getRuntimeConfig',
    '/x/../api/getRuntimeConfig', '/api/getRuntimeConfig/..', '/api/getRuntimeConfig/.', '/api/%2e/getRuntimeConfig',
    '/api/%2e%2e/api/getRuntimeConfig', '/api%2FgetRuntimeConfig', '/api%5CgetRuntimeConfig', '/api\\getRuntimeConfig',
    '/API/getRuntimeConfig', '/api/GETRUNTIMECONFIG', '/api/getruntimeconfig', '/api/getRuntimeConfig%00',
    '/api/getRuntimeConfig%20', '/api/getRuntimeConfig%0d%0aX:%20y', '/api/getRuntimeConfig.json',
    '/api/getRuntimeConfig;a=b', '/api/getRuntimeConfig&a=b', '/api/getRuntimeConfig%3Fa=b', '/api/getRuntimeConfig%23',
    '/api/getRuntimeConfig*', '/api/*', '/api/:name', '/api/__proto__', '/api/constructor',
    '/api/../../../../etc/passwd', '/api/..%2f..%2f..%2fetc%2fpasswd', '/api/%252e%252e/secp.sec',
    '/generator_config.json', '/.env', '/.git/config', '/api/getRuntimeConfig%252f', '/api/%67etRuntimeConfigs',
    '/api/get%C3%A9', '/api/%E2%80%AE', `/api/${'a'.repeat(10_000)}`, `/${'a/'.repeat(4000)}`,
    `/api${'/..'.repeat(2000)}`,
  ].map((path): Case => ({ name: `path ${path.slice(0, 60)}`, bytes: rawGet(path), answers: NOT_FOUND })),
  { name: 'the path of the page for people', bytes: rawGet('/'), answers: OK },
  { name: 'a path with an encoded letter', bytes: rawGet('/api/%67etRuntimeConfig'), answers: OK },
  {
    name: 'a path with a fragment, which is read like a query',
    bytes: rawGet(`${PATH}#x`),
    answers: [[400, 'INVALID_REQUEST']],
  },
  ...[
    '/api/%', '/api/%z', '/api/%zz', '/api/%1', '/api/getRuntimeConfig%', '/api/%c0%80', '/api/%ff', '/api/%ed%a0%80',
    '/api/%c3',
  ].map((path): Case => (
    { name: `path ${path}, which cannot be decoded`, bytes: rawGet(path), answers: [[400, 'HTTP_MALFORMED']] })),
  ...[
    'api/getRuntimeConfig', 'getRuntimeConfig', '\\api\\getRuntimeConfig', '?a=b', '', '/api/getRuntimeConfig x',
    '/api/get\0', '/api/get\x7f', '/api/get\u0001',
  ].map(path =>
    malformed(`path "${shown(path)}"`, rawGet(path))),
  {
    name: 'a path too long',
    bytes: rawGet(`/api/${'a'.repeat(20_000)}`),
    answers: [[431, 'HEADERS_TOO_LARGE']],
    closes: true,
  },
  ...[
    'http://service/api/getRuntimeConfig',
    'http://user:password@127.0.0.1/api/getRuntimeConfig',
    'https://evil.example/',
    '*',
  ].map((path): Case => ({ name: `target ${path}`, bytes: rawGet(path), answers: OK })),
  { name: 'target file:///etc/passwd', bytes: rawGet('file:///etc/passwd'), answers: NOT_FOUND },
]

const INVALID: Case['answers'] = [[400, 'INVALID_REQUEST']]
const queries: Case[] = [
  ...[
    'a=b', 'a', '=', '=b', '__proto__=x', '__proto__[a]=b', 'constructor=x', 'a[b]=c', 'api-key=x', 'a=%00', 'a=%', '%',
    '%zz=1', 'a=1&a=2', `a=${'b'.repeat(10_000)}`,
  ].map((query): Case => (
    { name: `unknown query ${shown(query.slice(0, 40))}`, bytes: rawGet(`${PATH}?${query}`), answers: INVALID })),
  malformed('a query that is not ASCII', rawGet(`${PATH}?\xff`)),
  ...['', '&', '&&'].map((query): Case => ({
    name: `empty query "${query}"`, bytes: rawGet(`${PATH}?${query}`), answers: OK
  })),
  ...[
    '/api/getGeneratorStatus', '/api/getGeneratorConfig', '/api/preflight', '/api/benchmark', '/api/getGeneratorLogs',
    '/api/getProgramStatus',
  ].map((path): Case => (
    { name: `unknown query of ${path}`, bytes: rawGet(`${path}?unknown=1`), answers: INVALID })),
  ...['startGenerator', 'stopGenerator', 'restartGenerator', 'rotateApiKey'].map((name): Case => (
    {
      name: `unknown query of ${name}`, bytes: raw({ path: `/api/${name}?unknown=1`, body: '{}' }), answers: INVALID
    })),
  { name: 'unknown query of signAddress', bytes: raw({ path: '/api/signAddress?unknown=1' }), answers: INVALID },
  {
    name: 'unknown query of addNewGenerator',
    bytes: raw({
      path: '/api/addNewGenerator?unknown=1',
      body: `{"address":"0x${'9'.repeat(40)}","data":"","supported_markets":["1"]}`,
    }),
    answers: INVALID,
  },
  ...[
    '0', '-1', '1001', '1.5', '1e2', '01', '0x10', '', ' 5', '5 ', '\u0665', '9007199254740993', 'NaN', 'Infinity',
    '5&lines=6', '5%00', '%35%',
  ].map((lines): Case => (
    {
      name: `lines=${shown(lines)}`,
      bytes: rawGet(`/api/getGeneratorLogs?lines=${encodeURI(lines).replaceAll('%25', '%').replaceAll('%20', '+')}`),
      answers: INVALID,
    })),
  ...[
    'stream=stdin', 'stream=', 'stream=STDOUT', 'stream=stdout&stream=stderr', 'stream[]=stdout', 'follow=1',
    'follow=TRUE', 'follow=yes', 'follow=', 'stream=..%2f..%2fetc%2fpasswd', 'stream=__proto__',
  ].map((query): Case => (
    { name: `logs ${query}`, bytes: rawGet(`/api/getGeneratorLogs?${query}`), answers: INVALID })),
  ...['', '%00', 'a'.repeat(129)].map((name): Case => (
    {
      name: `program_name ${name.slice(0, 30)}`,
      bytes: rawGet(`/api/getProgramStatus?program_name=${name}`),
      answers: INVALID,
    })),
  ...[
    'nginx', '%ff', '%ed%a0%80', '..%2f..', '-c', '--help', 'all', '*', 'listener;id', '$(id)', '`id`', 'listener%0aid',
    '__proto__', 'constructor', 'kalypso-generator%20', 'KALYPSO-GENERATOR',
  ].map((name): Case => (
    {
      name: `program_name ${name}`,
      bytes: rawGet(`/api/getProgramStatus?program_name=${name}`),
      answers: [[403, 'PROGRAM_NOT_MANAGED']],
    })),
]

export const requests: Case[] = [...methods, ...versions, ...paths, ...queries]
