import { ADDRESS, type Case, INVALID, notJson, raw, shown, VALID_BODY } from '../case.js'

const SETUP = '/api/generatorConfigSetup'

function bytes (...numbers: number[]): Buffer {
  return Buffer.from(numbers)
}

function addressOf (value: string): string {
  return `{"address":${value}}`
}

const syntax: Case[] = [
  ' ', '\n', '{', '}', '[', ']', '{]', '[}', '"', '"a', "'a'", "{'address':1}", '{address:1}', '{"address"}',
  '{"address":}', '{"address":1,}', '{,}', '[1,]', '[,1]', '{"a":1 "b":2}', '{"a" 1}', '{}{}', '{} x', '{}//',
  '{}/* */', '//\n{}', '#{}', 'nul', 'NULL', 'True', 'undefined', 'NaN', 'Infinity', '-Infinity', '-', '+1', '.5', '5.',
  '01', '-01', '1e', '1e+', '0x10', '1_000', '0b1', '1n', '1,2', 'function(){}', '<xml/>', '--- {}', 'address=1',
  '{"a":"\\x41"}', '{"a":"\\u12"}', '{"a":"\\u{61}"}', '{"a":"\\', '{"a":"\\a"}', '\u00a0{}', '\u2028{}', '{}\u0000',
  '\u0000{}', ')]}\',\n{}', 'for(;;);{}',
].map(body => notJson(`JSON ${shown(body)}`, raw({ body })))

const roots: Case[] = [
  'null', 'true', 'false', '0', '-0', '1e400', '""', '"text"', '[]', '[{}]', `[${VALID_BODY}]`, '{}', '[[]]', '1.5',
  '9007199254740993',
].map(body => (
  { name: `root ${body}`, bytes: raw({ body }), answers: INVALID }))

const controls: Case[] = Array.from({ length: 32 }, (_, code) =>
  notJson(`raw control character ${code} in a string`, raw({ body: addressOf(`"${String.fromCharCode(code)}"`) })))

const encodings: Case[] = ([
  ['UTF-16, little endian', Buffer.from(VALID_BODY, 'utf16le')],
  ['UTF-16 with a byte order mark', Buffer.from('\ufeff' + VALID_BODY, 'utf16le')],
  ['UTF-16, big endian', Buffer.from(VALID_BODY, 'utf16le').swap16()],
  ['UTF-32', Buffer.concat([...VALID_BODY].map(character => bytes(character.charCodeAt(0), 0, 0, 0)))],
  ['Latin-1', Buffer.from(addressOf('"\u00e9"'), 'latin1')],
  ...([
    ['a lone continuation byte', [0x80]],
    ['a byte that UTF-8 never has', [0xff]],
    ['0xfe', [0xfe]],
    ['an overlong NUL', [0xc0, 0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong slash of three bytes', [0xe0, 0x80, 0xaf]],
    ['an overlong slash of four bytes', [0xf0, 0x80, 0x80, 0xaf]],
    ['an overlong quote', [0xc0, 0xa2]],
    ['a raw high surrogate', [0xed, 0xa0, 0x80]],
    ['a raw low surrogate', [0xed, 0xbf, 0xbf]],
    ['a raw pair of surrogates', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ['beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['five bytes', [0xf8, 0x88, 0x80, 0x80, 0x80]],
    ['six bytes', [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80]],
    ['two bytes cut', [0xc3]], ['three bytes cut', [0xe2, 0x82]], ['four bytes cut', [0xf0, 0x9f, 0x98]],
  ] as const).map(([name, encoded]) => [
    name, Buffer.concat([Buffer.from('{"address":"'), bytes(...encoded), Buffer.from('"}')])
  ] as const),
] as const).map(([name, body]) => notJson(`encoding: ${name}`, raw({ body })))

const texts: Case[] = [
  ...['\\ud800', '\\udfff', '\\ud800\\ud800', '\\udc00\\ud800', 'a\\ud83dz', '\\u0000', 'a\\u0000b'].flatMap(text => [
    {
      name: `text ${text}`,
      bytes: raw({
        path: '/api/addNewGenerator',
        body: `{"address":"0x${'9'.repeat(40)}","data":"${text}","supported_markets":["1"]}`,
      }),
      answers: INVALID,
    },
    { name: `name of a field ${text}`, bytes: raw({ body: `{"address":"${ADDRESS}","${text}":1}` }), answers: INVALID },
    {
      name: `program name ${text}`,
      bytes: raw({ path: '/api/stopProgram', body: `{"program_name":"${text}"}` }),
      answers: INVALID,
    },
  ]),
]

function nested (depth: number, open: string, close: string, inner = ''): string {
  return open.repeat(depth) + inner + close.repeat(depth)
}

const deep: Case[] = [
  ...[100, 10_000, 100_000].flatMap((depth): Case[] => [
    { name: `${depth} arrays`, bytes: raw({ body: nested(depth, '[', ']') }), answers: INVALID, closes: true },
    {
      name: `${depth} arrays in a field`,
      bytes: raw({ body: addressOf(nested(depth, '[', ']')) }),
      answers: INVALID,
      closes: true,
    },
    {
      name: `${depth} arrays in an unknown field`,
      bytes: raw({ body: `{"address":"${ADDRESS}","x":${nested(depth, '[', ']')}}` }),
      answers: INVALID,
      closes: true,
    },
    {
      name: `${depth} objects`,
      bytes: raw({ path: SETUP, body: nested(depth, '{"a":', '}', '1') }),
      answers: INVALID,
      closes: true,
    },
    {
      name: `${depth} objects in a field`,
      bytes: raw({ path: SETUP, body: `{"generator_config":${nested(depth, '{"a":', '}', '1')},"runtime_config":{}}` }),
      answers: INVALID,
      closes: true,
    },
    {
      name: `${depth} arrays and objects in turn`,
      bytes: raw({ path: SETUP, body: nested(depth, '[{"a":', '}]', '1') }),
      answers: INVALID,
      closes: true,
    },
  ]),
  { name: '100,000 arrays that do not end', bytes: raw({ body: '['.repeat(100_000) }), answers: INVALID, closes: true },
  {
    name: '100,000 objects that do not end',
    bytes: raw({ path: SETUP, body: '{"a":'.repeat(100_000) }),
    answers: INVALID,
    closes: true,
  },
  { name: '100,000 elements', bytes: raw({ body: `[${'0,'.repeat(99_999)}0]` }), answers: INVALID },
  {
    name: '20,000 fields',
    bytes: raw({ body: `{${Array.from({ length: 20_000 }, (_, index) => `"f${index}":1`).join()}}` }),
    answers: INVALID,
  },
  {
    name: 'a number of 100,000 digits',
    bytes: raw({ path: '/api/updateRuntimeConfig', method: 'PUT', body: `{"start_block":${'9'.repeat(100_000)}}` }),
    answers: INVALID,
  },
  {
    name: 'a string of 200,000 characters',
    bytes: raw({ body: addressOf(`"${'a'.repeat(200_000)}"`) }),
    answers: INVALID,
  },
  {
    name: 'a body of one byte more than 256 KiB',
    bytes: raw({ body: VALID_BODY.padEnd(256 * 1024 + 1) }),
    answers: [[413, 'BODY_TOO_LARGE']],
    closes: true,
  },
  { name: 'a body of 256 KiB', bytes: raw({ body: VALID_BODY.padEnd(256 * 1024) }), answers: [[200, null]] },
]

/** The place of an object in a body: the text around it, and its fault besides the key, if any. */
const LEVELS: [name: string, path: string, around: (inner: string) => string][] = [
  ['at the top', '/api/signAddress', inner => `{"address":"${ADDRESS}",${inner}}`],
  ['in runtime_config', SETUP, inner => `{"generator_config":[],"runtime_config":{${inner}}}`],
  ['in a generator', SETUP, inner => `{"generator_config":[{${inner}}],"runtime_config":{}}`],
  ['in a market', SETUP, inner => `{"generator_config":[],"runtime_config":{"markets":{"1":{${inner}}}}}`],
  ['in markets', SETUP, inner => `{"generator_config":[],"runtime_config":{"markets":{${inner}}}}`],
  ['in an array of arrays', '/api/signAddress', inner => `{"address":[[{${inner}}]]}`],
]

const prototypes: Case[] = LEVELS.flatMap(([level, path, around]) => [
  '"__proto__":{"a":1}', '"__proto__":null', '"__proto__":[]', '"__proto__":"x"', '"\\u005f_proto__":{}',
  '"__pr\\u006fto__":{"__proto__":{}}', '"constructor":{"prototype":{"a":1}}', '"c\\u006fnstructor":{"prototype":null}',
].map(inner => notJson(`${inner} ${level}`, raw({ path, body: around(inner) }))))

const harmless: Case[] = LEVELS.flatMap(([level, path, around]) => [
  '"prototype":{}', '"toString":1', '"hasOwnProperty":1', '"":1', '"__proto__ ":1', '"length":1e9',
].map(inner => ({ name: `${inner} ${level}`, bytes: raw({ path, body: around(inner) }), answers: INVALID })))

const duplicates: Case[] = LEVELS.flatMap(([level, path, around]) => [
  '"a":1,"a":1', '"a":1,"b":2,"a":3', '"a":1,"\\u0061":2', '"a":{},"a":[]',
].map(inner => notJson(`duplicate keys ${inner} ${level}`, raw({ path, body: around(inner) }))))

export const json: Case[] = [
  {
    name: 'a byte order mark, which RFC 8259 lets a reader skip',
    bytes: raw({ body: `\ufeff${VALID_BODY}` }),
    answers: [[200, null]],
  },
  ...syntax, ...roots, ...controls, ...encodings, ...texts, ...deep, ...prototypes, ...harmless, ...duplicates,
  notJson('duplicate keys: two addresses', raw({ body: `{"address":"0x${'9'.repeat(40)}","address":"${ADDRESS}"}` })),
]
