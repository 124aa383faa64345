import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { CodedError } from './errors.js'

/** What Node refuses before there is a request that Fastify could answer. */
export function protocolErrorFor (code: string | undefined): CodedError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new CodedError('REQUEST_TIMEOUT', 'The request took too long to arrive: send it again')
  if (code === 'HPE_HEADER_OVERFLOW') return new CodedError('HEADERS_TOO_LARGE', 'The request line and headers are larger than 16 KiB')
  return new CodedError('HTTP_MALFORMED', 'This is not a valid HTTP request: check the URL, the headers and their lengths')
}

/** Answers on the bare connection, and ends it: what comes after a malformed request cannot be told apart from it. */
export function answerProtocolError (error: NodeJS.ErrnoException, socket: Duplex): void {
  if (socket.writable && error.code !== 'ECONNRESET') socket.write(rawAnswer(protocolErrorFor(error.code)))
  socket.destroy()
}

/** Answers an `Expect` other than 100-continue, for which Node would send a 417 without a body. */
export function answerExpectation (_request: IncomingMessage, response: ServerResponse): void {
  const { statusCode, envelope } = new CodedError('EXPECTATION_FAILED', 'The only header expect that is understood is 100-continue: leave it out')
  const body = JSON.stringify(envelope)
  response.writeHead(statusCode, {
    'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body), 'cache-control': 'no-store', connection: 'close'
  })
  response.end(body)
}

function rawAnswer (error: CodedError): string {
  const body = JSON.stringify(error.envelope)
  return [
    `HTTP/1.1 ${error.statusCode} ${STATUS_CODES[error.statusCode]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
    '', body,
  ].join('\r\n')
}
