/** A request as bytes on the wire, and all that may come back. */
export interface Case {
  name: string
  bytes: Buffer
  /** Status and error code of each answer, in order; code null: the answer is a success, or has no body. */
  answers: [status: number, code: string | null][]
  /** Whether the service ends the connection after the last answer. */
  closes?: boolean
  /** Whether the client ends its side once it has sent the bytes. */
  ends?: boolean
}

/** Stands for the API key, which is as long. */
export const KEY = 'K'.repeat(64)

/** A generator and an account that the service under test knows. */
export const ADDRESS = '0x0000000000000000000000000000000000000001'
export const VALID_BODY = `{"address":"${ADDRESS}"}`

export interface RawRequest {
  method?: string
  path?: string
  version?: string
  /** Whole header lines beside the usual ones. */
  headers?: string[]
  /** In place of `content-type: application/json`; null: none. */
  contentType?: string | null
  /** In place of the body's own length; null: none. */
  contentLength?: string | null
  key?: string | null
  body?: string | Buffer
}

/** Bytes of a request; as it stands, one that the service answers with 200: have an address signed. */
export function raw ({
  method = 'POST', path = '/api/signAddress', version = 'HTTP/1.1', headers = [], contentType = 'application/json', contentLength, key = KEY, body = VALID_BODY
}: RawRequest = {}): Buffer {
  const length = contentLength === undefined ? String(Buffer.byteLength(body)) : contentLength
  const head = [
    `${method} ${path} ${version}`,
    'host: service',
    ...key === null ? [] : [`api-key: ${key}`],
    ...contentType === null ? [] : [`content-type: ${contentType}`],
    ...length === null ? [] : [`content-length: ${length}`],
    ...headers,
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)])
}

/** A GET without a body. */
export function rawGet (path: string, request: RawRequest = {}): Buffer {
  return raw({ method: 'GET', path, contentType: null, contentLength: null, body: '', ...request })
}

/** A body in chunks of the given lines. */
export function rawChunked (chunks: string, { headers = [], ...request }: RawRequest = {}): Buffer {
  return raw({ contentLength: null, body: chunks, ...request, headers: [...headers, 'transfer-encoding: chunked'] })
}

export const OK: Case['answers'] = [[200, null]]
export const INVALID: Case['answers'] = [[400, 'INVALID_REQUEST']]
export const UNSUPPORTED: Case['answers'] = [[415, 'UNSUPPORTED_MEDIA_TYPE']]
const MALFORMED: Case['answers'] = [[400, 'HTTP_MALFORMED']]

/** What is no HTTP: after the answer the connection ends, since what follows cannot be told apart. */
export function malformed (name: string, bytes: Buffer): Case {
  return { name, bytes, answers: MALFORMED, closes: true }
}

/** What is no JSON: Fastify ends the connection after every failure of a body's parser, in case the body was not read to its end. */
export function notJson (name: string, bytes: Buffer): Case {
  return { name, bytes, answers: [[400, 'INVALID_JSON']], closes: true }
}

/** Characters that cannot be seen, as escapes. */
export function shown (text: string): string {
  return JSON.stringify(text).slice(1, -1).replaceAll(/[^ -~]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
