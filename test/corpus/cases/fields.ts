import { ADDRESS, type Case, INVALID, raw, shown } from '../case.js'

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

function hex (number: bigint, digits = 64): string {
  return number.toString(16).padStart(digits, '0')
}

function updateRuntime (fields: string): Buffer {
  return raw({ method: 'PUT', path: '/api/updateRuntimeConfig', body: `{${fields}}` })
}

const keys: Case[] = [
  ['zero', '0'.repeat(64)],
  ['zero with 0x', `0x${'0'.repeat(64)}`],
  ['zero, short', '0'],
  ['the order n', hex(ORDER)],
  ['the order n with 0x', `0x${hex(ORDER)}`],
  ['n in upper case', hex(ORDER).toUpperCase()],
  ['n + 1', hex(ORDER + 1n)],
  ['2n', hex(2n * ORDER % 2n ** 256n + ORDER, 64)],
  ['2^256 - 1', 'f'.repeat(64)],
  ['2^256', `1${'0'.repeat(64)}`],
  ['63 digits', '1'.repeat(63)],
  ['65 digits', '1'.repeat(65)],
  ['62 digits', '1'.repeat(62)],
  ['66 digits', '1'.repeat(66)],
  ['128 digits', '1'.repeat(128)],
  ['0X', `0X${'1'.repeat(64)}`],
  ['0x twice', `0x0x${'1'.repeat(62)}`],
  ['a letter beyond f', `${'1'.repeat(63)}g`],
  ['a blank before', ` ${'1'.repeat(64)}`],
  ['a blank behind', `${'1'.repeat(64)} `],
  ['a line feed behind', `${'1'.repeat(64)}\\n`],
  ['a NUL behind', `${'1'.repeat(64)}\\u0000`],
  ['full-width digits', '\uff11'.repeat(64)],
  ['a sign', `-${'1'.repeat(63)}`],
  ['empty', ''],
  ['0x alone', '0x'],
  ['a mnemonic', 'test test test test test test test test test test test junk'],
  ['base64', 'ERERERERERERERERERERERERERERERERERERERERERE='],
].map(([name, key]) => ({
  name: `private_key: ${name}`, bytes: updateRuntime(`"private_key":"${key}"`), answers: INVALID
}))

const addresses: Case[] = [
  '', '0x', '0x0', '0x1', '1'.repeat(40), `0x${'1'.repeat(39)}`, `0x${'1'.repeat(41)}`, `0x${'1'.repeat(64)}`,
  `0X${'1'.repeat(40)}`, `0x${'g'.repeat(40)}`, ` 0x${'1'.repeat(40)}`, `0x${'1'.repeat(40)} `,
  `0x${'1'.repeat(40)}\\n`, `0x${'1'.repeat(40)}\\u0000`, `x${'1'.repeat(40)}`, '0x\uff11'.padEnd(42, '\uff11'),
  'vitalik.eth', `xdc${'1'.repeat(40)}`, 'XE7338O073KYGTWWZN0F2WZ0R8PX5ZPPZS', `0x${'1'.repeat(20)} ${'1'.repeat(19)}`,
  `0x-${'1'.repeat(39)}`,
].map(address => ({
  name: `address "${shown(address.slice(0, 50))}"`, bytes: raw({ body: `{"address":"${address}"}` }), answers: INVALID
}))

const NUMBERS = [
  '0', '-0', '-1', '1.5', '0.1', '1e400', '-1e400', '1e300', '9007199254740992', '9007199254740993',
  '18446744073709551616', '9'.repeat(400), '1e-400', '1.0000000000000002', '"1"', '""', 'null', 'true', 'false', '[]',
  '[1]', '{}', '{"valueOf":1}',
]
const numbers: Case[] = ['start_block', 'chain_id'].flatMap(field => NUMBERS.map(number => (
  { name: `${field}: ${number.slice(0, 30)}`, bytes: updateRuntime(`"${field}":${number}`), answers: INVALID })))

const WRONG_MARKETS = [
  '""', '"-1"', '"+1"', '"1.5"', '"01"', '"1e3"', '"0x"', '"0x1"', `"0x${'g'.repeat(64)}"`, `"0x${'1'.repeat(63)}"`,
  `"0x${'1'.repeat(65)}"`, `"0X${'1'.repeat(64)}"`, `"${2n ** 256n}"`, `"${'9'.repeat(1000)}"`, '" 1"', '"1 "',
  '"1\\n"', '"\uff11"', '"Infinity"', '"NaN"', '1', '1.5', 'null', 'true', '[]', '{}', '9007199254740993', '"1","1"',
]
const markets: Case[] = WRONG_MARKETS.map(market => (
  {
    name: `market ${shown(market.slice(0, 40))} of ${market.length} characters`,
    bytes: raw({
      path: '/api/addNewGenerator', body: `{"address":"0x${'9'.repeat(40)}","data":"","supported_markets":[${market}]}`
    }),
    answers: INVALID,
  }))

const ports: Case[] = [
  '0', '-0', '-1', '65536', '1.5', '1e5', '"0"', '"65536"', '"080"', '"8080 "', '"0x50"', '"1e3"', '""', 'true', '[80]',
  '{}',
].map(port => (
  {
    name: `port ${port}`,
    bytes: updateRuntime(`"markets":{"1":{"port":${port},"ivs_url":"https://ivs.example"}}`),
    answers: INVALID,
  }))

const WRONG_URLS = [
  '',
  'a.example',
  '//a.example',
  'ftp://a.example',
  'https://',
  '\\ud800',
  ...['\\u0000', '\\t', '\\n', '\\r', ' ', '\\u007f'].flatMap(blank => [
    `${blank}https://a.example`,
    `https://a.ex${blank}ample`,
    `https://a.example/${blank}x`,
    `https://a.example/${blank}`,
  ]),
]
/** Text that is no URL is no mistake in ws_url. */
const ALLOWED_TEXTS = ['', 'a.example', '//a.example', 'https://']
const urls: Case[] = [
  'http', 'ws'
].flatMap(scheme => WRONG_URLS.filter(url => scheme === 'http' || !ALLOWED_TEXTS.includes(url)).map(url => url.replace(
  'https', scheme
)).map(url => (
  { name: `${scheme}_url "${url}"`, bytes: updateRuntime(`"${scheme}_url":"${url}"`), answers: INVALID })))

const attestations: Case[] = [
  '""',
  '"0x"',
  '"0x1"',
  '"123"',
  '"0xgg"',
  '"0X12"',
  '"0x12 "',
  '"0x1 2"',
  'null',
  '18',
  '[18]',
  `"0x${'11'.repeat(65_537)}"`,
].map(attestation => (
  {
    name: `attestation ${attestation.slice(0, 30)}`,
    bytes: raw({ path: '/api/signAttestation', body: `{"address":"${ADDRESS}","attestation":${attestation}}` }),
    answers: INVALID,
  }))

const bodies: Case[] = [
  ['PUT', '/api/updateRuntimeConfig', '{}'],
  ['PUT', '/api/updateGeneratorConfig', `{"address":"${ADDRESS}"}`],
  ['PUT', '/api/updateGeneratorConfig', '{"data":"x"}'],
  ['DELETE', '/api/removeGenerator', '{}'],
  ['POST', '/api/fetchGeneratorPublicKeys', '{}'],
  ['POST', '/api/startGenerator', '{"force":true}'],
  ['POST', '/api/stopGenerator', '[]'],
  ['POST', '/api/restartGenerator', 'null'],
  ['POST', '/api/rotateApiKey', '{"key":"x"}'],
  ['POST', '/api/generatorConfigSetup', '{"generator_config":[],"runtime_config":{}}'],
  ['POST', '/api/addNewGenerator', `{"address":"${ADDRESS}","data":"","supported_markets":[]}`],
].map(([method = '', path = '', body = '']) => ({
  name: `${method} ${path} ${body}`, bytes: raw({ method, path, body }), answers: INVALID
}))

const unknown: Case[] = [
  {
    name: 'removal of an unknown generator',
    bytes: raw({ method: 'DELETE', path: '/api/removeGenerator', body: `{"address":"0x${'9'.repeat(40)}"}` }),
    answers: [[404, 'GENERATOR_NOT_FOUND']],
  },
  {
    name: 'update of an unknown generator',
    bytes: raw({
      method: 'PUT', path: '/api/updateGeneratorConfig', body: `{"address":"0x${'9'.repeat(40)}","data":""}`
    }),
    answers: [[404, 'GENERATOR_NOT_FOUND']],
  },
  {
    name: 'a generator that is there',
    bytes: raw({ path: '/api/addNewGenerator', body: `{"address":"${ADDRESS}","data":"","supported_markets":["1"]}` }),
    answers: [[409, 'GENERATOR_EXISTS']],
  },
  ...['{}', '{"key":"x"}', '{', ''].map((body): Case => (
    {
      name: `another API key, with "${body}"`,
      bytes: raw({ path: '/api/generateApiKey', body }),
      answers: [[409, 'API_KEY_ALREADY_GENERATED']],
    })),
  {
    name: 'a program that is not managed',
    bytes: raw({ path: '/api/stopProgram', body: '{"program_name":"supervisord"}' }),
    answers: [[403, 'PROGRAM_NOT_MANAGED']],
  },
]

export const fields: Case[] = [
  ...keys, ...addresses, ...numbers, ...markets, ...ports, ...urls, ...attestations, ...bodies, ...unknown
]
