import type { LookupFunction, Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Agent } from 'undici'
import { VERSION } from '../version.js'
import { AnswerTooLong, InformationalAnswer } from './errors.js'
import { unpack } from './unpack.js'

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  url: URL
  /** Names in lower case. They win over the client's own headers. */
  headers?: Record<string, string>
  body?: string | Buffer
  /** Ends the exchange and closes its connection. */
  signal: AbortSignal
}

export type AnswerHeaders = Record<string, string | string[] | undefined>

export interface HttpAnswer<Body> {
  status: number
  headers: AnswerHeaders
  body: Body
}

/** Some providers answer 403 without a user agent. An unpacked answer shows its size while it is read. */
const HEADERS = { 'user-agent': `generator-client/${VERSION}`, accept: 'application/json', 'accept-encoding': 'identity' }

/**
 * The service's only way out over HTTP. It keeps connections, follows no redirect, reaches every port, and is limited
 * by the request's signal only. `lookup` resolves names, and `socketPath` replaces host and port. `connect` opens every
 * connection itself. Both calls throw the errors of undici and Node, and those of `connect`.
 */
export function createHttpClient ({ connections, lookup, socketPath, connect }: {
  /** The largest number of connections to one origin. */
  connections?: number
  lookup?: LookupFunction
  socketPath?: string
  connect?: () => Promise<Socket>
} = {}) {
  let agent: Promise<Agent> | undefined
  let isClosed = false

  async function createAgent (): Promise<Agent> {
    // Load undici on first use, so that it does not delay the start.
    const { default: { Agent } } = await import('undici')
    return new Agent({
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: connect === undefined
        ? { ...lookup !== undefined && { lookup }, ...socketPath !== undefined && { socketPath } }
        : (_target, done) => { connect().then(socket => done(null, socket), error => done(error, null)) },
      ...connections !== undefined && { connections },
    })
  }

  /** Returns status and headers, and the body as a stream, which may be packed. */
  async function open ({ method, url, headers, body = '', signal }: HttpRequest): Promise<HttpAnswer<Readable>> {
    if (isClosed) throw new Error('the HTTP client is closed')
    agent ??= createAgent()
    const answer = await (await agent).request({
      origin: url.origin,
      path: url.pathname + url.search,
      method,
      headers: { ...HEADERS, ...headers },
      body: body === '' ? null : body,
      signal,
      onInfo: ({ statusCode }) => { throw new InformationalAnswer(statusCode) },
    }).catch((error: Error) => {
      const status = INFORMATIONAL[error.message]
      throw status === undefined ? error : new InformationalAnswer(status)
    })
    return { status: answer.statusCode, headers: answer.headers, body: answer.body }
  }

  /** Returns the whole answer, unpacked. Throws AnswerTooLong above `limitBytes`, packed or unpacked. */
  async function exchange ({ limitBytes, ...request }: HttpRequest & { limitBytes: number }): Promise<HttpAnswer<Buffer>> {
    const { status, headers, body } = await open(request)
    const bytes = hasNoBody(status) ? leave(body) : await readAll(body, limitBytes)
    // undici reuses the connection only in the next turn of the event loop. An earlier request would open another.
    await nextTurn()
    return { status, headers, body: await unpack({ bytes, coding: headers['content-encoding'], limitBytes }) }
  }

  /** Closes every connection. Current and later exchanges fail. */
  async function close (): Promise<void> {
    isClosed = true
    await (await agent)?.destroy()
  }

  return { open, exchange, close }
}

/** undici closes the connection for two 1xx statuses and reports them by these texts. */
const INFORMATIONAL: Record<string, number> = { 'bad response': 100, 'bad upgrade': 101 }

/** Nothing after such a status is a body (RFC 9110, section 15), so nobody waits for one. */
export function hasNoBody (status: number): boolean {
  return [204, 205, 304].includes(status)
}

/** Closes the connection of an answer whose body is not needed. */
export function leave (body: Readable): Buffer {
  body.on('error', () => {}).destroy()
  return Buffer.alloc(0)
}

async function readAll (body: Readable, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  // Leaving the loop early closes the connection.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limitBytes) throw new AnswerTooLong()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
