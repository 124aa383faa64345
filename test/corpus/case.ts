/** A request as bytes on the wire, and all possible answers. */
export interface Case {
  name: string
  bytes: Buffer
  /**
   * Status and error code of each answer, in order. The code is null for a success, and for an answer without a body.
   */
  answers: [status: number, code: string | null][]
  /** The service ends the connection after the last answer. */
  closes?: boolean
  /** The client ends its side once it has sent the bytes. */
  ends?: boolean
}

/** Stands for the API key, which has the same length. */
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
  /** Replaces `content-type: application/json`. Null sends none. */
  contentType?: string | null
  /** Replaces the body's own length. Null sends none. */
  contentLength?: string | null
  key?: string | null
  body?: string | Buffer
}

/** Builds the bytes of a request. The plain one has an address signed, and the service answers 200. */
export function raw ({
  method = 'POST',
  path = '/api/signAddress',
  version = 'HTTP/1.1',
  headers = [],
  contentType = 'application/json',
  contentLength,
  key = KEY,
  body = VALID_BODY,
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

/**
 * A request that is no HTTP. The service ends the connection after its answer, because it cannot tell the following
 * bytes apart.
 */
export function malformed (name: string, bytes: Buffer): Case {
  return { name, bytes, answers: MALFORMED, closes: true }
}

/**
 * A body that is no JSON. Fastify ends the connection after every failure of a body's parser. The body may not be read
 * to its end.
 */
export function notJson (name: string, bytes: Buffer): Case {
  return { name, bytes, answers: [[400, 'INVALID_JSON']], closes: true }
}

/** Shows invisible characters as escapes. */
export function shown (text: string): string {
  return JSON.stringify(text).slice(1, -1).replaceAll(
    /[^ -~]/g, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}
