import type { Configuration, StoredRuntimeConfig } from '../../schemas/configuration.js'
import { CodedError, invalidField } from '../errors.js'
import { AnswerTooLong, codeOf, InformationalAnswer } from '../outgoing/errors.js'
import { createHttpClient } from '../outgoing/http-client.js'

/** An answer has about 100 bytes. */
const ANSWER_LIMIT_BYTES = 64 * 1024

/** Returns the port of a market, or of the only market without `id`. Throws MARKET_NOT_FOUND, INVALID_REQUEST. */
export function findMarketPort ({ runtime: { markets } }: Configuration, id: string | undefined): string {
  const [known, { port }] = findMarket(markets, id)
  if (port !== undefined) return port
  throw invalidField('market_id', `${known} has no port in markets of the runtime config, add one with updateRuntimeConfig`)
}

type Markets = StoredRuntimeConfig['markets']

function findMarket (markets: Markets, id: string | undefined): [string, Markets[string]] {
  if (id === undefined) return onlyMarket(markets)
  const found = Object.entries(markets).find(([known]) => known.toLowerCase() === id.toLowerCase())
  if (found !== undefined) return found
  throw new CodedError('MARKET_NOT_FOUND',
    `market_id: ${id} is not in markets of the runtime config, add it with updateRuntimeConfig`,
    { data: { field: 'market_id' } })
}

function onlyMarket (markets: Markets): [string, Markets[string]] {
  const [only, ...others] = Object.entries(markets)
  if (only === undefined) throw invalidField('market_id', 'markets of the runtime config is empty, add one with updateRuntimeConfig')
  if (others.length > 0) throw invalidField('market_id', `is required, name one of ${Object.keys(markets).join(', ')}`)
  return only
}

/**
 * Has the generator on `port` of loopback make its benchmark proof, by GET /api/benchmark of Kalypso's generators.
 * Returns the duration in ms. Follows no redirect. Throws GENERATOR_UNAVAILABLE, GENERATOR_TIMEOUT.
 */
export async function runBenchmark ({ port, timeoutMs }: { port: string, timeoutMs: number }): Promise<number> {
  const client = createHttpClient()
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const url = new URL(`http://127.0.0.1:${port}/api/benchmark`)
    const { status, body } = await client.exchange({ method: 'GET', url, signal, limitBytes: ANSWER_LIMIT_BYTES })
    const milliseconds = durationIn(body.toString())
    if (status === 200 && milliseconds !== null) return milliseconds
  } catch (error) {
    if (signal.aborted) {
      throw new CodedError('GENERATOR_TIMEOUT',
        `The generator on 127.0.0.1:${port} did not finish its benchmark within ${timeoutMs} ms: raise OPERATION_TIMEOUT_MS if its proofs take longer`)
    }
    if (error instanceof InformationalAnswer) throw unavailable(port, `HTTP status ${error.status}`, error)
    if (!(error instanceof AnswerTooLong)) throw unavailable(port, codeOf(error), error)
  } finally {
    await client.close()
  }
  throw unavailable(port, 'not the answer to a benchmark')
}

/** Older generators answer `{message, data: "8725"}`, newer ones `{data: "Success", time_in_ms: 8725}`. */
function durationIn (text: string): number | null {
  const answer = parse(text) as { time_in_ms?: unknown, data?: unknown } | null
  const duration = answer?.time_in_ms ?? answer?.data
  const milliseconds = typeof duration === 'string' && /^\d+$/.test(duration) ? Number(duration) : duration
  return Number.isSafeInteger(milliseconds) && Number(milliseconds) >= 0 ? Number(milliseconds) : null
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function unavailable (port: string, reason: string, cause?: unknown): CodedError {
  return new CodedError('GENERATOR_UNAVAILABLE',
    `The generator did not make a benchmark on 127.0.0.1:${port} (${reason}): start it, and check the market's port in the runtime config`,
    { cause })
}
