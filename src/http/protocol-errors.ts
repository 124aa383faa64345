import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { CodedError } from '../errors.js'

/** Gives the answer to a request that Node refuses before Fastify sees it. */
export function protocolErrorFor (code: string | undefined): CodedError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new CodedError('REQUEST_TIMEOUT', 'The request took too long to arrive: send it again')
  if (code === 'HPE_HEADER_OVERFLOW') return new CodedError('HEADERS_TOO_LARGE', 'The request line and headers are larger than 16 KiB')
  return new CodedError('HTTP_MALFORMED', 'This is not a valid HTTP request: check the URL, the headers and their lengths')
}

/** The requests of each connection that still lack a whole answer. */
const unanswered = new WeakMap<Duplex, Map<IncomingMessage, ServerResponse>>()

/** Requests that a client may send on one connection before the first answer. */
const MAXIMUM_PIPELINED = 16

/** Handles the server's `request` event. No answer to a later request may come before an earlier one's. */
export function noteRequest (request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request
  const requests = unanswered.get(socket) ?? watch(socket)
  requests.set(request, response)
  response.once('close', () => requests.delete(request))
  if (requests.size > MAXIMUM_PIPELINED) socket.destroy()
}

/** Node reports a lost client only to the current answer. The others would keep their resources forever. */
function watch (socket: Duplex): Map<IncomingMessage, ServerResponse> {
  const requests = new Map<IncomingMessage, ServerResponse>()
  unanswered.set(socket, requests)
  socket.once('close', () => {
    for (const response of requests.values()) response.emit('close')
  })
  return requests
}

/** Answers on the bare connection and ends it, because nobody can tell where the next request begins. */
export function answerProtocolError (error: NodeJS.ErrnoException, socket: Duplex): void {
  const whole = [...unanswered.get(socket) ?? []].filter(([request]) => request.complete)
  const [, last] = whole.at(-1) ?? []
  if (last === undefined) end(socket, error)
  else last.once('close', () => end(socket, error))
}

function end (socket: Duplex, error: NodeJS.ErrnoException): void {
  if (socket.writable && error.code !== 'ECONNRESET') socket.write(rawAnswer(protocolErrorFor(error.code)))
  socket.destroy()
}

export function headersOf (error: CodedError): Record<string, string> {
  return {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(JSON.stringify(error.envelope))),
    'cache-control': 'no-store',
  }
}

function rawAnswer (error: CodedError): string {
  return [
    `HTTP/1.1 ${error.statusCode} ${error.code}`,
    ...Object.entries(headersOf(error)).map(header => header.join(': ')),
    'connection: close',
    '', JSON.stringify(error.envelope),
  ].join('\r\n')
}
