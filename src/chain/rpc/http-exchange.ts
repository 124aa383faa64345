import dns from 'node:dns'
import { AnswerTooLong, codeOf, InformationalAnswer } from '../../outgoing/errors.js'
import { createHttpClient, type HttpAnswer } from '../../outgoing/http-client.js'
import { assertRpcUrl, publicLookup, RpcUrlForbidden, type RpcNetwork } from '../network.js'
import { RpcAnswerTooLong, RpcUnavailable } from './rpc-unavailable.js'

/**
 * One http(s) endpoint under the address policy. Keeps its connections until `close`. Each exchange may take `timeoutMs`.
 * No redirect is followed. `field` is the configuration's name of the URL. Throws RpcUrlForbidden.
 */
export function createHttpEndpoint ({ field, url, network, timeoutMs, resolve = dns.lookup }: {
  field: string, url: string, network: RpcNetwork, timeoutMs: number, resolve?: typeof dns.lookup
}) {
  assertRpcUrl({ field, url, network })
  const client = createHttpClient(network === 'public' ? { lookup: publicLookup({ field, resolve }) } : {})
  const underWay = new Set<AbortController>()
  let hasAnswered = false

  /** POSTs JSON and reads an answer of up to `limitBytes`, whatever its status. Throws RpcUnavailable or RpcUrlForbidden. */
  async function exchange (options: { body: string, limitBytes: number }): Promise<HttpAnswer<Buffer>> {
    const lateness = new AbortController()
    const timer = setTimeout(() => lateness.abort(), timeoutMs)
    underWay.add(lateness)
    const fail = (error: unknown): never => {
      if (error instanceof RpcUrlForbidden) throw error
      if (error instanceof AnswerTooLong) throw new RpcAnswerTooLong()
      if (lateness.signal.aborted) throw new RpcUnavailable('did not answer in time')
      if (error instanceof InformationalAnswer) throw new RpcUnavailable(`answered with HTTP status ${error.status}`)
      throw new RpcUnavailable(`could not be reached (${codeOf(error)})`)
    }
    return await send(options, lateness.signal).catch(fail).finally(() => {
      clearTimeout(timer)
      underWay.delete(lateness)
    })
  }

  async function send (options: { body: string, limitBytes: number }, signal: AbortSignal): Promise<HttpAnswer<Buffer>> {
    const mayBeKept = hasAnswered
    const post = async () => await client.exchange({ method: 'POST', url: new URL(url), headers: { 'content-type': 'application/json' }, signal, ...options })
    try {
      const answer = await post()
      hasAnswered = true
      return answer
    } catch (error) {
      // The endpoint closed a kept connection just before its reuse. A fresh one may work.
      if (mayBeKept && ['ECONNRESET', 'EPIPE'].includes(codeOf(error)) && !signal.aborted) return await post()
      throw error
    }
  }

  /** Also ends exchanges that are under way. */
  function close (): void {
    for (const lateness of underWay) lateness.abort()
    client.close()
  }

  return { exchange, close }
}
