import dns from 'node:dns'
import { setMaxListeners } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { assertRpcUrl, publicLookup, RpcUrlForbidden, type RpcNetwork } from './network.js'
import { RpcUnavailable } from './rpc-unavailable.js'

export interface HttpAnswer {
  status: number
  body: string
}

/** Sockets of one endpoint, kept between exchanges until `close`. */
export interface HttpEndpoint {
  /** POSTs JSON and reads an answer of up to `limitBytes`, whatever its status. Throws RpcUnavailable or RpcUrlForbidden. */
  exchange (options: { body: string, limitBytes: number }): Promise<HttpAnswer>
  close (): void
}

/**
 * One http(s) endpoint under the address policy, open for `timeoutMs`. Redirects are not followed. `field` is the
 * configuration's name for the URL.
 * @throws RpcUrlForbidden
 */
export function createHttpEndpoint ({ field, url, network, timeoutMs, resolve = dns.lookup }: {
  field: string, url: string, network: RpcNetwork, timeoutMs: number, resolve?: typeof dns.lookup
}): HttpEndpoint {
  assertRpcUrl({ field, url, network })
  const target = new URL(url)
  const transport = target.protocol === 'https:' ? https : http
  const agent = new transport.Agent({ keepAlive: true })
  const ending = new AbortController()
  // Every exchange under way listens: any number is no leak.
  setMaxListeners(0, ending.signal)
  const deadline = setTimeout(() => ending.abort(), timeoutMs)
  const lookup = network === 'public' ? { lookup: publicLookup({ field, resolve }) } : {}

  async function exchange ({ body, limitBytes }: { body: string, limitBytes: number }): Promise<HttpAnswer> {
    try {
      return await readAnswer({ response: await send(body), limitBytes })
    } catch (error) {
      if (error instanceof RpcUrlForbidden) throw error
      if (ending.signal.aborted) throw new RpcUnavailable('did not answer in time')
      if (error instanceof RpcUnavailable) throw error
      // Only node's code, such as ECONNREFUSED or CERT_HAS_EXPIRED: its messages may quote what came in.
      throw new RpcUnavailable(`could not be reached (${(error as NodeJS.ErrnoException).code})`)
    }
  }

  function send (body: string): Promise<http.IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = transport.request(target, {
        method: 'POST',
        agent,
        signal: ending.signal,
        ...lookup,
        // identity: an answer must not unfold into more than was read.
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'accept-encoding': 'identity' },
      }, resolve)
      request.on('error', (error: NodeJS.ErrnoException) => {
        // The endpoint closed a kept connection just as it was used again: a fresh one may be fine.
        if (request.reusedSocket && error.code === 'ECONNRESET' && !ending.signal.aborted) resolve(send(body))
        else reject(error)
      })
      request.end(body)
    })
  }

  function close (): void {
    clearTimeout(deadline)
    ending.abort()
    agent.destroy()
  }

  return { exchange, close }
}

async function readAnswer ({ response, limitBytes }: { response: http.IncomingMessage, limitBytes: number }): Promise<HttpAnswer> {
  const chunks: Buffer[] = []
  let length = 0
  // Leaving the loop early destroys the response and its socket.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limitBytes) throw new RpcUnavailable('answered with far more data than was asked for')
    chunks.push(chunk)
  }
  return { status: response.statusCode as number, body: Buffer.concat(chunks).toString() }
}
