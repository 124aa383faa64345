import { GeneratorClientError } from '../errors.js'
import type { ErrorCode } from '../../../src/errors.js'
import { ErrorAnswer } from '../../../schemas/common.js'
import { isOfSchema } from './answer.js'
import type { Fetch, Method } from './node-fetch.js'
import { reasonOf } from './reason.js'

/** Node's fetch refuses ports such as 6000. Other platforms, such as browsers, have nothing but fetch. */
export const defaultFetch: Fetch = async (url, request) => {
  if (globalThis.process?.versions?.node === undefined) return await fetch(url, request)
  const { nodeFetch } = await import('./node-fetch.js')
  return await nodeFetch(url, request)
}

export interface CallOptions {
  /** The call rejects with the signal's reason. The service may have done its work all the same. */
  signal?: AbortSignal | undefined
  timeoutMs?: number | undefined
}

export interface HttpRequest extends CallOptions {
  method: Method
  /** The path below /api/, with its query. */
  path: string
  body?: unknown
}

/** One exchange with the service. `timeoutMs` limits it until the answer is read, or until a stream begins. */
export function createHttpExchange ({ url, apiKey, fetch, timeoutMs: defaultTimeoutMs }: {
  url: string, apiKey: string | undefined, fetch: Fetch, timeoutMs: number
}) {
  const { base, key } = parseUrl(url, apiKey)

  /** Returns the JSON of a success and its status. Throws GeneratorClientError, or the reason of the signal. */
  async function exchange (request: HttpRequest): Promise<{ statusCode: number, json: unknown }> {
    return await withDeadline(request, async signal => {
      const response = await send(request, signal)
      return { statusCode: response.status, json: await readJson(response) }
    })
  }

  /** Returns the body of a success as it comes. It ends with the signal. */
  async function stream (request: HttpRequest): Promise<ReadableStream<Uint8Array>> {
    const response = await withDeadline(request, async signal => await send(request, signal))
    if (response.body === null) throw notTheService(response.status)
    return response.body
  }

  async function send ({ method, path, body }: HttpRequest, signal: AbortSignal): Promise<Response> {
    const response = await fetch(new URL(path, base), {
      method,
      signal,
      // A redirect would take the API key somewhere else.
      redirect: 'error',
      headers: {
        accept: 'application/json',
        ...(key !== undefined && { 'api-key': key }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...body !== undefined && { body: JSON.stringify(body) },
    })
    if (!response.ok) throw serviceError(response.status, await readJson(response))
    return response
  }

  async function withDeadline<Result> (
    { signal, timeoutMs = defaultTimeoutMs }: HttpRequest,
    work: (signal: AbortSignal) => Promise<Result>
  ): Promise<Result> {
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(), timeoutMs)
    const fail = (cause: unknown): never => {
      if (cause instanceof GeneratorClientError) throw cause
      if (signal?.aborted === true) throw signal.reason
      if (deadline.signal.aborted) {
        throw new GeneratorClientError('TIMEOUT', `No answer within ${timeoutMs} ms from ${base.host}`, { cause })
      }
      throw unreachable(cause)
    }
    return await work(signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]))
      .catch(fail)
      .finally(() => clearTimeout(timer))
  }

  function unreachable (cause: unknown): GeneratorClientError {
    return new GeneratorClientError('UNREACHABLE', `No connection to ${base.host}: ${reasonOf(cause)}`, { cause })
  }

  return { exchange, stream, unreachable }
}

/** The URL's password may be the key, as in http://operator:<key>@host:5000, but fetch refuses such a URL. */
function parseUrl (text: string, apiKey: string | undefined): { base: URL, key: string | undefined } {
  const base = new URL('api/', text.endsWith('/') ? text : `${text}/`)
  if (!/^https?:$/.test(base.protocol)) throw new TypeError('url must begin with http:// or https://')
  const key = apiKey ?? (base.password === '' ? undefined : decodeURIComponent(base.password))
  base.username = ''
  base.password = ''
  return { base, key }
}

async function readJson (response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw notTheService(response.status, cause)
  }
}

function serviceError (statusCode: number, answer: unknown): GeneratorClientError {
  if (!isOfSchema(ErrorAnswer, answer)) return notTheService(statusCode)
  // A later service may have codes that this client does not know. The client passes them on.
  return new GeneratorClientError(answer.code as ErrorCode, answer.message, { statusCode, data: answer.data })
}

function notTheService (statusCode: number, cause?: unknown): GeneratorClientError {
  return new GeneratorClientError(
    'ANSWER_INVALID',
    `The answer (HTTP ${statusCode}) is not one of generator-client: check the URL`,
    { statusCode, cause }
  )
}
