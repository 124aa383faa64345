import { type Case, INVALID, malformed, notJson, OK, raw, rawChunked, rawGet, VALID_BODY } from '../case.js'

const SIZE = VALID_BODY.length.toString(16)
const LENGTH = VALID_BODY.length
const CHUNKS = `${SIZE}\r\n${VALID_BODY}\r\n0\r\n\r\n`
/** A smuggler's request, to be run in somebody else's name. */
const SMUGGLED = 'POST /api/generateApiKey HTTP/1.1\r\nhost: service\r\n\r\n'

const lengths: Case[] = [
  '', ' ', '+1', '-1', '0x1', '1e1', '1.0', '1,1', '1, 1', '1 1', '1;', '"1"', 'one', '\u00b9', 'NaN', 'chunked',
  '99999999999999999999999', '18446744073709551616',
].map(length => malformed(`content-length "${length}"`, raw({ contentLength: length })))

const twoLengths: Case[] = ([
  ['the same', String(LENGTH)], ['shorter', '1'], ['longer', '99'], ['zero', '0'], ['empty', ''],
] as const).map(([name, length]) => malformed(
  `two lengths, the second ${name}`, raw({ headers: [`content-length: ${length}`] })
))

const codings: Case[] = [
  'identity', 'gzip', 'gzip, chunked', 'chunked, gzip', 'chunked, identity', 'identity, chunked', 'xchunked',
  'chunkedx', '"chunked"', 'chunked;q=1', 'chunk', 'chunked,', ', chunked', '\u000bchunked',
].flatMap(coding => [
  malformed(
    `transfer-encoding "${coding}" and a length`,
    raw({ headers: [`transfer-encoding: ${coding}`], body: CHUNKS + SMUGGLED })
  ),
])

const both: Case[] = [
  malformed('a length before chunks', raw({ headers: ['transfer-encoding: chunked'], body: CHUNKS })),
  malformed(
    'a length before chunks, with another request behind',
    raw({ contentLength: '4', headers: ['transfer-encoding: chunked'], body: `${CHUNKS}${SMUGGLED}` })
  ),
  malformed(
    'chunks before a length',
    raw({ contentLength: null, headers: ['transfer-encoding: chunked', `content-length: ${LENGTH}`], body: CHUNKS })
  ),
  malformed(
    'chunks and a length of zero', raw({ contentLength: '0', headers: ['transfer-encoding: chunked'], body: CHUNKS })
  ),
  malformed(
    'upper-case names',
    raw({ contentLength: null, headers: ['TRANSFER-ENCODING: chunked', `CONTENT-LENGTH: ${LENGTH}`], body: CHUNKS })
  ),
  malformed(
    'a space before the colon of transfer-encoding', raw({ headers: ['transfer-encoding : chunked'], body: CHUNKS })
  ),
  malformed(
    'a tab before the colon of transfer-encoding', raw({ headers: ['transfer-encoding\t: chunked'], body: CHUNKS })
  ),
  malformed(
    'a space before the colon of content-length', raw({ contentLength: null, headers: [`content-length : ${LENGTH}`] })
  ),
  malformed('transfer-encoding folded', raw({ headers: ['transfer-encoding:\r\n chunked'], body: CHUNKS })),
  malformed('content-length folded', raw({ contentLength: null, headers: [`content-length:\r\n ${LENGTH}`] })),
  malformed('a folded header', raw({ headers: ['x-a: 1\r\n 2'] })),
  malformed('a header folded by a tab', raw({ headers: ['x-a: 1\r\n\t2'] })),
  malformed(
    'a first header that is folded', Buffer.from('GET /api/getRuntimeConfig HTTP/1.1\r\n host: service\r\n\r\n')
  ),
  malformed(
    'transfer-encoding twice, the second unknown',
    raw({ contentLength: null, headers: ['transfer-encoding: chunked', 'transfer-encoding: x'], body: CHUNKS })
  ),
  malformed(
    'transfer-encoding unknown, without a length',
    raw({ contentLength: null, headers: ['transfer-encoding: x'], body: CHUNKS })
  ),
  malformed(
    'transfer-encoding gzip, without a length',
    raw({ contentLength: null, headers: ['transfer-encoding: gzip'], body: CHUNKS })
  ),
  malformed(
    'transfer-encoding identity, without a length',
    raw({ contentLength: null, headers: ['transfer-encoding: identity'], body: CHUNKS })
  ),
  malformed(
    'chunked in HTTP/1.0 with a length',
    raw({ version: 'HTTP/1.0', headers: ['transfer-encoding: chunked'], body: CHUNKS })
  ),
]

const chunks: Case[] = [
  { name: 'one chunk', bytes: rawChunked(CHUNKS), answers: OK },
  {
    name: 'chunked in upper case',
    bytes: raw({ contentLength: null, headers: ['transfer-encoding: CHUNKED'], body: CHUNKS }),
    answers: OK,
  },
  {
    name: 'a chunk for every byte',
    bytes: rawChunked([...VALID_BODY].map(character => `1\r\n${character}\r\n`).join('') + '0\r\n\r\n'),
    answers: OK,
  },
  { name: 'a size with zeros before', bytes: rawChunked(CHUNKS.replace(SIZE, `000${SIZE}`)), answers: OK },
  { name: 'a size in upper case', bytes: rawChunked(CHUNKS.replace(SIZE, SIZE.toUpperCase())), answers: OK },
  { name: 'a chunk extension', bytes: rawChunked(CHUNKS.replace(SIZE, `${SIZE};a=b`)), answers: OK },
  { name: 'a quoted chunk extension', bytes: rawChunked(CHUNKS.replace(SIZE, `${SIZE};a="b;c"`)), answers: OK },
  {
    name: 'an extension of the last chunk',
    bytes: rawChunked(CHUNKS.replace('\r\n0\r\n', '\r\n0;a=b\r\n')),
    answers: OK,
  },
  { name: 'trailers', bytes: rawChunked(CHUNKS.replace(/\r\n$/, 'x-a: b\r\n\r\n')), answers: OK },
  {
    name: 'an API key in the trailers',
    bytes: rawChunked(CHUNKS.replace(/\r\n$/, 'api-key: wrong\r\n\r\n')),
    answers: OK,
  },
  {
    name: 'content-type in the trailers',
    bytes: rawChunked(CHUNKS.replace(/\r\n$/, 'content-type: text/plain\r\n\r\n')),
    answers: OK,
  },
  { name: 'no chunk but the last', bytes: rawChunked('0\r\n\r\n'), answers: INVALID },
  malformed('a length in the trailers', rawChunked(CHUNKS.replace(/\r\n$/, 'content-length: 5\r\n\r\n'))),
  malformed(
    'transfer-encoding in the trailers', rawChunked(CHUNKS.replace(/\r\n$/, 'transfer-encoding: chunked\r\n\r\n'))
  ),
  malformed('a long chunk extension', rawChunked(CHUNKS.replace(SIZE, `${SIZE};a=${'b'.repeat(20_000)}`))),
  ...[
    '', 'g', '-1', '+5', '0x5', ' 5', '5 ', '5\t', '5,', '1_0', 'ffffffffffffffff1', '5;\n', '5\n;', '\u0000'
  ].map(size =>
    malformed(`chunk size ${JSON.stringify(size)}`, rawChunked(CHUNKS.replace(SIZE, size)))),
  malformed('a chunk longer than its size', rawChunked(`1\r\n${VALID_BODY}\r\n0\r\n\r\n`)),
  malformed('a size ended by a bare line feed', rawChunked(CHUNKS.replace(`${SIZE}\r\n`, `${SIZE}\n`))),
  malformed('a chunk ended by a bare line feed', rawChunked(CHUNKS.replace('}\r\n', '}\n'))),
  malformed('a chunk ended by a bare carriage return', rawChunked(CHUNKS.replace('}\r\n', '}\r'))),
  malformed('a chunk without an end', rawChunked(CHUNKS.replace('}\r\n', '}'))),
]

const lineEnds: Case[] = [
  malformed('bare line feeds', Buffer.from(rawGet('/api/getRuntimeConfig').toString().replaceAll('\r\n', '\n'))),
  malformed('bare carriage returns', Buffer.from(rawGet('/api/getRuntimeConfig').toString().replaceAll('\r\n', '\r'))),
  malformed(
    'a bare line feed after one header', Buffer.from(rawGet('/api/getRuntimeConfig', { headers: ['x-a: b\nx-c: d'] }))
  ),
  malformed(
    'a bare line feed after the request line',
    Buffer.from(rawGet('/api/getRuntimeConfig').toString().replace('HTTP/1.1\r\n', 'HTTP/1.1\n'))
  ),
  malformed(
    'a bare line feed at the end of the headers',
    Buffer.from(rawGet('/api/getRuntimeConfig').toString().replace(/\r\n\r\n$/, '\r\n\n'))
  ),
  malformed(
    'a smuggled header by a bare carriage return',
    Buffer.from(rawGet('/api/getRuntimeConfig', { headers: ['x-a: b\rx-c: d'] }))
  ),
  {
    name: 'empty lines before the request',
    bytes: Buffer.concat([Buffer.from('\r\n\r\n'), rawGet('/api/getRuntimeConfig')]),
    answers: OK,
  },
]

const sequences: Case[] = [
  {
    name: 'three requests at once',
    bytes: Buffer.concat([raw(), rawGet('/api/getRuntimeConfig'), raw({ body: '{' })]),
    answers: [[200, null], [200, null], [400, 'INVALID_JSON']],
    closes: true,
  },
  {
    name: 'a refused request before a good one',
    bytes: Buffer.concat([raw({ body: '[]' }), raw()]),
    answers: [[400, 'INVALID_REQUEST'], [200, null]],
  },
  {
    name: 'a stranger before the owner',
    bytes: Buffer.concat([raw({ key: null }), raw()]),
    answers: [[401, 'API_KEY_MISSING'], [200, null]],
  },
  {
    name: 'an unknown path with a body before a good request',
    bytes: Buffer.concat([raw({ path: '/api/nowhere' }), raw()]),
    answers: [[404, 'ROUTE_NOT_FOUND'], [200, null]],
  },
  {
    name: 'a body of a GET that looks like a request',
    bytes: rawGet('/api/getRuntimeConfig', { contentLength: String(SMUGGLED.length), body: SMUGGLED }),
    answers: OK,
  },
  notJson('a body that looks like a request', raw({ body: SMUGGLED })),
  {
    name: 'chunks of a GET that look like a request',
    bytes: rawChunked(
      `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`,
      { method: 'GET', path: '/api/getRuntimeConfig', contentType: null }
    ),
    answers: OK,
  },
  {
    name: 'a body longer than its length',
    bytes: raw({ contentLength: String(LENGTH - 1) }),
    answers: [[400, 'INVALID_JSON']],
    closes: true,
  },
  {
    name: 'a length of zero before a body',
    bytes: raw({ contentLength: '0' }),
    answers: [[400, 'INVALID_REQUEST'], [400, 'HTTP_MALFORMED']],
    closes: true,
  },
  {
    name: 'a good request before nonsense',
    bytes: Buffer.concat([raw(), Buffer.from('\0\0\0\0\r\n\r\n')]),
    answers: [[200, null], [400, 'HTTP_MALFORMED']],
    closes: true,
  },
  ...([
    'nothing at all', 'half a request line', 'no end of the headers', 'half a body', 'half a chunk'
  ] as const).map((name, index): Case => {
    const cut = [
      Buffer.alloc(0),
      Buffer.from('POST /api/si'),
      raw().subarray(0, 60),
      raw().subarray(0, -5),
      rawChunked(CHUNKS).subarray(0, -10),
    ][index]!
    return {
      name: `${name}, and the client's end`,
      bytes: cut,
      answers: index === 0 ? [] : [[400, 'HTTP_MALFORMED']],
      closes: true,
      ends: true,
    }
  }),
  ...([
    'text', '{}', 'SSH', 'a NUL', 'HTTP/2'
  ] as const).map((name, index) => malformed(`${name} in place of HTTP`, Buffer.from(
    [
      'hello\r\n\r\n', '{}\r\n\r\n', 'SSH-2.0-x\r\n', '\0', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    ][index]!, 'latin1'))),
]

export const framing: Case[] = [...lengths, ...twoLengths, ...codings, ...both, ...chunks, ...lineEnds, ...sequences]
