import { createHttpEndpoint, type HttpAnswer } from './http-exchange.js'
import { timed } from '../observe.js'
import type { RpcNetwork } from './network.js'
import { inParallel } from './parallel.js'
import { RpcUnavailable } from './rpc-unavailable.js'

/** Calls in one batch: the answers to 100 reads of the contracts are some 50 KB. */
const BATCH_SIZE = 100
const PARALLEL_BATCHES = 10
const PARALLEL_SINGLE_CALLS = 32

/**
 * The most that one answer may hold: a fixed part and one for each call, 264 KiB for a full batch. It is kept far below
 * 1 MiB because parsed JSON takes up to 40 times its text, and several answers may come at once.
 */
const ANSWER_LIMIT_BYTES = 64 * 1024
const ANSWER_LIMIT_BYTES_PER_CALL = 2 * 1024

export interface RpcCall {
  method: string
  params: unknown[]
  /** Rides in a batch, or is not sent; whatever is wrong with its answer is an error of this call alone. */
  optional?: boolean
}

/** What the endpoint answered to one call: a result of any form, or a JSON-RPC error. */
export type RpcOutcome = { result: unknown } | { error: { code: number, message: string } }

export interface JsonRpcClient {
  /** Outcomes of the calls 0 … count - 1, in order. A call is asked for when it is sent, so that many never exist at once. */
  send (options: { count: number, callAt: (index: number) => RpcCall }): Promise<RpcOutcome[]>
  close (): void
}

/** The endpoint does not take batches, or not of this size. */
class BatchRefused extends Error {}

/** Told of every HTTP exchange once it has ended; `error` is null where there was an answer. */
export type OnExchange = (seconds: number, error: unknown) => void

/**
 * A JSON-RPC 2.0 client for one http(s) endpoint, open for `timeoutMs`: batches in parallel, or single calls once a batch was refused.
 * Both it and `send` throw RpcUrlForbidden; `send` throws RpcUnavailable.
 */
export function createJsonRpcClient ({ field, url, network, timeoutMs, onExchange = () => {} }: {
  field: string, url: string, network: RpcNetwork, timeoutMs: number, onExchange?: OnExchange
}): JsonRpcClient {
  const endpoint = createHttpEndpoint({ field, url, network, timeoutMs })
  let batches = true

  async function send ({ count, callAt }: { count: number, callAt: (index: number) => RpcCall }): Promise<RpcOutcome[]> {
    if (batches) {
      try {
        return await sendBatches(count, callAt)
      } catch (error) {
        if (!(error instanceof BatchRefused)) throw error
        batches = false
      }
    }
    return await inParallel({ count, limit: PARALLEL_SINGLE_CALLS, run: id => sendSingle(id, callAt(id)) })
  }

  async function sendBatches (count: number, callAt: (index: number) => RpcCall): Promise<RpcOutcome[]> {
    const outcomes = await inParallel({
      count: Math.ceil(count / BATCH_SIZE),
      limit: PARALLEL_BATCHES,
      run: batch => {
        const start = batch * BATCH_SIZE
        const length = Math.min(BATCH_SIZE, count - start)
        return sendBatch(start, Array.from({ length }, (_, offset) => callAt(start + offset)))
      },
    })
    return outcomes.flat()
  }

  async function sendBatch (start: number, calls: RpcCall[]): Promise<RpcOutcome[]> {
    const answer = await exchange(calls.map((call, offset) => toRequest(start + offset, call)), calls.length)
    // Providers refuse with all kinds of statuses; 429 asks for fewer exchanges, not for more.
    if (answer.status >= 400 && answer.status !== 429) throw new BatchRefused()
    const answers = parse(answer)
    if (isObject(answers) && isObject(answers.error)) throw new BatchRefused()
    if (!Array.isArray(answers)) throw notJsonRpc()

    // The answers to a batch come in any order.
    const byId = new Map(answers.map(entry => [isObject(entry) ? entry.id : undefined, entry]))
    return calls.map(({ optional = false }, offset) => {
      const read = optional ? readOptional : readOutcome
      return read(byId.get(start + offset), start + offset)
    })
  }

  async function sendSingle (id: number, call: RpcCall): Promise<RpcOutcome> {
    return call.optional === true ? NOT_ANSWERED : readOutcome(parse(await exchange(toRequest(id, call), 1)), id)
  }

  function exchange (content: unknown, calls: number): Promise<HttpAnswer> {
    const limitBytes = ANSWER_LIMIT_BYTES + ANSWER_LIMIT_BYTES_PER_CALL * calls
    return timed(() => endpoint.exchange({ body: JSON.stringify(content), limitBytes }), onExchange)
  }

  return { send, close: endpoint.close }
}

function toRequest (id: number, { method, params }: RpcCall) {
  return { jsonrpc: '2.0', id, method, params }
}

function parse ({ status, body }: HttpAnswer): unknown {
  if (status >= 300 && status < 400) throw new RpcUnavailable('redirects elsewhere, which is not followed')
  if (status !== 200) throw new RpcUnavailable(`answered with HTTP status ${status}`)
  try {
    return JSON.parse(body)
  } catch {
    // Without the cause: the parser's message quotes the answer.
    throw notJsonRpc()
  }
}

function readOutcome (answer: unknown, id: number): RpcOutcome {
  if (!isObject(answer) || answer.jsonrpc !== '2.0' || answer.id !== id) throw notJsonRpc()
  const { error, result } = answer
  if (isObject(error) && typeof error.code === 'number' && typeof error.message === 'string') {
    return { error: { code: error.code, message: error.message } }
  }
  if (result === undefined) throw notJsonRpc()
  return { result }
}

const NOT_ANSWERED: RpcOutcome = { error: { code: 0, message: 'not answered' } }

function readOptional (answer: unknown, id: number): RpcOutcome {
  try {
    return readOutcome(answer, id)
  } catch {
    return NOT_ANSWERED
  }
}

function notJsonRpc (): RpcUnavailable {
  return new RpcUnavailable('answered with something that is not JSON-RPC')
}

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
