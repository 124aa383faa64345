import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { readBody, type RpcRequest, sendJson } from './servers.js'

/** The calls that a provider's plan lets through, and its refusal of the rest. A batch of n counts n. */
export interface Plan {
  burst: number
  perSecond: number
  /**
   * Refuses a batch above the limit as a whole, by HTTP 429. Otherwise it refuses only the entries above the limit,
   * each by an error.
   */
  refuses: 'batch' | 'entries'
}

export const SIX_A_SECOND = { burst: 6, perSecond: 6 }
export const BURST_OF_26 = { burst: 26, perSecond: 19 }

/** A provider in front of the chain at `target`, with a bucket that fills as time goes by. */
export async function startPlan ({ target, burst, perSecond, refuses }: Plan & { target: string }) {
  let tokens = burst
  let filledAt = performance.now()
  let passed = 0
  let limited = 0

  /** The number of calls that may pass. */
  function admit (count: number): number {
    const now = performance.now()
    tokens = Math.min(burst, tokens + (now - filledAt) / 1000 * perSecond)
    filledAt = now
    const most = Math.min(count, Math.floor(tokens))
    const admitted = refuses === 'batch' && most < count ? 0 : most
    tokens -= admitted
    passed += admitted
    limited += count - admitted
    return admitted
  }

  const server = http.createServer(async (request, response) => {
    const body = await readBody(request)
    const calls = [body].flat()
    const admitted = admit(calls.length)
    if (admitted === 0) {
      return sendJson(
        response, { jsonrpc: '2.0', id: null, error: { code: -32005, message: 'rate limit exceeded' } }, 429
      )
    }
    const answers = await ask(target, calls.slice(0, admitted))
    const refusals = calls.slice(admitted).map(({ id }) => ({
      jsonrpc: '2.0', id, error: { code: 429, message: 'Your app has exceeded its compute units per second capacity' }
    }))
    sendJson(response, Array.isArray(body) ? [...answers, ...refusals] : answers[0])
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  function close (): void {
    server.close()
    server.closeAllConnections()
  }

  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, close, counts: () => ({ passed, limited }) }
}

async function ask (target: string, calls: RpcRequest[]): Promise<unknown[]> {
  const answer = await fetch(target, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(calls)
  })
  return await answer.json() as unknown[]
}
