import { basename } from 'node:path'
import { CodedError } from '../../errors.js'
import { InformationalAnswer } from '../../outgoing/errors.js'
import { createHttpClient } from '../../outgoing/http-client.js'
import { decodeAnswer, encodeCall, XmlRpcError, type XmlRpcValue } from './codec.js'

/** A slow call may hold one connection while looks and logs need others. */
const CONNECTIONS = 4
/** The status of some thousand programs fits, and so does the largest log tail in escaped XML. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
/** The code of the XmlRpcError for HTTP 500. Python answers it to a log that is not UTF-8. */
export const INTERNAL_SERVER_ERROR = 500

const FORMS = 'it must be http://[user:password@]host:port or unix://[user:password@]/path/of/the.sock'

export type XmlRpcConnection = ReturnType<typeof createXmlRpcConnection>

/** Opens keep-alive connections to a supervisord. Throws an Error if the URL cannot be used. */
export function createXmlRpcConnection ({ url, connections = CONNECTIONS }: { url: string, connections?: number }) {
  const { origin, socketPath, authorization, shown } = parseSupervisorAddress(url)
  const client = createHttpClient({ connections, ...socketPath !== null && { socketPath } })
  const target = new URL('/RPC2', origin)
  const headers = { 'content-type': 'text/xml', accept: 'text/xml', ...authorization !== null && { authorization } }

  /**
   * Calls `supervisor.<method>`. Throws an XmlRpcError for a fault and for HTTP 500. Throws SUPERVISOR_UNAVAILABLE or
   * SUPERVISOR_TIMEOUT for everything else.
   */
  async function call (
    method: string, parameters: Array<string | number | boolean>, { deadlineMs, signal }: { deadlineMs: number, signal?: AbortSignal }
  ): Promise<XmlRpcValue[]> {
    const timeout = AbortSignal.timeout(deadlineMs)
    const ending = signal === undefined ? timeout : AbortSignal.any([timeout, signal])
    const body = encodeCall(`supervisor.${method}`, parameters)
    try {
      const answer = await client.exchange({ method: 'POST', url: target, headers, body, signal: ending, limitBytes: MAX_ANSWER_BYTES })
      return readAnswer(answer.status, answer.body)
    } catch (error) {
      if (error instanceof CodedError || (error instanceof XmlRpcError && error.code !== null)) throw error
      if (!timeout.aborted) throw unavailable(describe(error), error)
      throw new CodedError('SUPERVISOR_TIMEOUT',
        `The supervisor at ${shown} did not answer within ${deadlineMs} ms; check whether it hangs or is stopped.`)
    }
  }

  function readAnswer (status: number, body: Buffer): XmlRpcValue[] {
    if (status === 200) return decodeAnswer(body)
    if (status === INTERNAL_SERVER_ERROR) throw new XmlRpcError('the supervisor answered HTTP 500', INTERNAL_SERVER_ERROR)
    if (status === 401) throw unavailable('it refuses the user and password; check those in SUPERVISORD_URL')
    throw unavailable(`it answered HTTP ${status}; check that SUPERVISORD_URL leads to a supervisord`)
  }

  function unavailable (reason: string, cause?: unknown): CodedError {
    return new CodedError('SUPERVISOR_UNAVAILABLE', `The supervisor at ${shown} cannot be used: ${reason}.`, { cause })
  }

  return { call, close: client.close }
}

/** Turns an error of undici, node:net or the codec into words for an operator. */
function describe (error: unknown): string {
  if (error instanceof XmlRpcError) return `${error.message}; check that SUPERVISORD_URL leads to a supervisord`
  const { name, code } = error as { name: string, code?: string }
  if (code === 'ECONNREFUSED') return 'nothing listens there; check that supervisord runs with [inet_http_server] or [unix_http_server]'
  if (code === 'ENOENT') return 'the socket does not exist; check that supervisord runs with that [unix_http_server]'
  if (error instanceof InformationalAnswer) return `it answered HTTP ${error.status}; check that SUPERVISORD_URL leads to a supervisord`
  if (name === 'HTTPParserError') return 'the port does not speak HTTP; check it in SUPERVISORD_URL'
  return `the connection failed (${code}); check that supervisord is up and lets this user connect`
}

/**
 * Reads the address of a supervisord: `http://…` or `unix://…`, with user and password encoded. Returns the value of the
 * `authorization` header, or null for a URL without a user. `shown` is for messages, so it holds no user, password or
 * socket folder. Throws an Error without the URL's secrets.
 */
export function parseSupervisorAddress (url: string) {
  const [, scheme, user, password = '', place = ''] = /^(http|unix):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(.+)$/.exec(url) ?? []
  if (scheme === undefined) throw new Error(`SUPERVISORD_URL cannot be used: ${FORMS}`)
  const authorization = user === undefined ? null : `Basic ${Buffer.from(`${decode(user)}:${decode(password)}`).toString('base64')}`
  if (scheme === 'unix') {
    if (!place.startsWith('/')) throw new Error(`SUPERVISORD_URL names no absolute path: ${FORMS}`)
    return { origin: 'http://localhost', socketPath: place, authorization, shown: `the unix socket ${basename(place)}` }
  }
  if (!URL.canParse(`http://${place}`)) throw new Error(`SUPERVISORD_URL has no usable host and port: ${FORMS}`)
  const { origin } = new URL(`http://${place}`)
  return { origin, socketPath: null, authorization, shown: origin }
}

function decode (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error('SUPERVISORD_URL has a user or password with a stray %: write it as %25')
  }
}
