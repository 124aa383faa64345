import { setMaxListeners } from 'node:events'
import { timed } from '../../timing/observe.js'
import { createHttpEndpoint } from './http-exchange.js'
import type { RpcNetwork } from '../network.js'
import { ANSWER_TOO_LONG, type AnswerReading, NOT_ANSWERED, readAnswer, type RpcOutcome } from './answer.js'
import { createRpcProviders, type RpcProviders } from './providers.js'
import { retryAfterMs } from './refusal.js'
import { RpcAnswerTooLong, RpcLimited, RpcUnavailable } from './rpc-unavailable.js'

export type { RpcOutcome } from './answer.js'

const PARALLEL_BATCHES = 10
const PARALLEL_SINGLE_CALLS = 32

/** 264 KiB for a full batch. Several answers may come at once, and parsed JSON takes up to 40 times its text. */
const ANSWER_LIMIT_BYTES = 64 * 1024
const ANSWER_LIMIT_BYTES_PER_CALL = 2 * 1024
/** The limit of a call that may be long and is asked for alone. A contract that fits into one block stores less. */
const LONG_ANSWER_LIMIT_BYTES = 512 * 1024

export interface RpcCall {
  method: string
  params: unknown[]
  /** Travels in a batch or not at all. A fault of its answer is an error of this call only. */
  optional?: boolean
  /** Somebody else chose the length of its answer. Its outcome above 512 KiB is ANSWER_TOO_LONG. */
  mayBeLong?: boolean
}

export type JsonRpcClient = ReturnType<typeof createJsonRpcClient>

/** Called after every HTTP exchange. `error` is null after an answer. */
export type OnExchange = (seconds: number, error: unknown) => void

/**
 * A JSON-RPC 2.0 client for one http(s) endpoint, at the pace of the provider's plan. Sends batches in parallel. Sends
 * smaller ones, and single calls at last, if the provider refuses them. It and `send` throw RpcUrlForbidden. `send`
 * throws RpcUnavailable.
 */
export function createJsonRpcClient ({
  field, url, network, timeoutMs, operationTimeoutMs = timeoutMs, providers = createRpcProviders(), background = false,
  onExchange = () => {}, onLimit = () => {},
}: {
  field: string
  url: string
  network: RpcNetwork
  /** Bounds one exchange, without the wait for a turn. */
  timeoutMs: number
  /** Bounds everything that the client does, waits included. */
  operationTimeoutMs?: number
  /** Knowledge about providers, shared by all clients of the process. */
  providers?: RpcProviders
  /** Its calls wait until no other caller's do. */
  background?: boolean
  onExchange?: OnExchange
  /** Runs for every answer by which the provider limits calls. */
  onLimit?: () => void
}) {
  const endpoint = createHttpEndpoint({ field, url, network, timeoutMs })
  const { pace, batch } = providers.at(url)
  const until = performance.now() + operationTimeoutMs
  const ending = new AbortController()
  // Every waiting call listens, so any number of listeners is no leak.
  setMaxListeners(0, ending.signal)
  const deadline = setTimeout(close, operationTimeoutMs)
  let batchSize = batch.size
  let isLimited = false
  let longAnswers: Promise<unknown> = Promise.resolve()

  /** Returns the outcomes in order. Each call is made when it is sent, so that few exist at once. */
  async function send ({ count, callAt }: {
    count: number, callAt: (index: number) => RpcCall
  }): Promise<RpcOutcome[]> {
    const outcomes: RpcOutcome[] = []
    const waiting: number[] = []
    let next = 0
    let hasFailed = false

    /** Picks ids for a batch. Refused calls come first. */
    function pick (): number[] {
      if (hasFailed) return []
      const ids = waiting.splice(0, batchSize)
      while (ids.length < batchSize && next < count) ids.push(next++)
      return ids
    }

    async function work (): Promise<void> {
      for (let ids = pick(); ids.length > 0; ids = pick()) {
        if (ids.length === 1 && callAt(ids[0] as number).optional === true) outcomes[ids[0] as number] = NOT_ANSWERED
        else await sendSome(ids)
      }
    }

    async function sendSome (ids: number[]): Promise<void> {
      const granted = await takeTurn(ids.length)
      waiting.unshift(...ids.splice(granted))
      const calls = ids.map(id => ({ id, ...callAt(id) }))
      try {
        keep(await ask(calls))
      } catch (error) {
        if (!(error instanceof RpcAnswerTooLong) || !calls.some(({ mayBeLong }) => mayBeLong === true)) throw error
        if (calls.length === 1) return await sendLong(calls)
        const middle = Math.ceil(ids.length / 2)
        await Promise.all([sendSome(ids.slice(0, middle)), sendSome(ids.slice(middle))])
      }
    }

    /** Asks for one at a time, because parsed JSON takes many times its text. */
    async function sendLong (calls: Array<RpcCall & { id: number }>): Promise<void> {
      longAnswers = longAnswers.catch(() => {}).then(async () => {
        await takeTurn(1)
        keep(await ask(calls, LONG_ANSWER_LIMIT_BYTES))
      }).catch(error => {
        if (!(error instanceof RpcAnswerTooLong)) throw error
        for (const { id } of calls) outcomes[id] = ANSWER_TOO_LONG
      })
      await longAnswers
    }

    function keep ({ outcomes: found, limited, refused }: AnswerReading): void {
      for (const [id, outcome] of found) outcomes[id] = outcome
      waiting.unshift(...limited, ...refused)
    }

    const workers = Math.min(count, batchSize === 1 ? PARALLEL_SINGLE_CALLS : PARALLEL_BATCHES)
    await Promise.all(Array.from({ length: workers }, async () => await work().catch(error => {
      hasFailed = true
      if (!ending.signal.aborted || !(error instanceof RpcUnavailable)) throw error
      throw isLimited ? new RpcLimited() : new RpcUnavailable('did not answer in time')
    })))
    return outcomes
  }

  async function takeTurn (wanted: number): Promise<number> {
    if (ending.signal.aborted) throw new RpcUnavailable('did not answer in time')
    return await pace.take({ wanted, background, until, signal: ending.signal }).catch(() => { throw new RpcLimited() })
  }

  async function ask (calls: Array<RpcCall & { id: number }>, limitBytes = ANSWER_LIMIT_BYTES + ANSWER_LIMIT_BYTES_PER_CALL * calls.length): Promise<AnswerReading> {
    const requests = calls.map(({ id, method, params }) => ({ jsonrpc: '2.0', id, method, params }))
    const sentAt = performance.now()
    const body = JSON.stringify(requests.length === 1 ? requests[0] : requests)
    const answer = await timed(() => endpoint.exchange({ body, limitBytes }), onExchange)
    const reading = readAnswer(answer, calls.map(({ id, optional = false }) => ({ id, optional })))
    const { outcomes, limited, refused } = reading
    pace.passed(outcomes.size)
    if (limited.length > 0) {
      isLimited = true
      onLimit()
      pace.limited({ sentAt, passed: outcomes.size, retryAfterMs: retryAfterMs(answer.headers) })
    }
    if (refused.length > 0) batchSize = Math.min(batchSize, Math.max(1, Math.floor(calls.length / 2)))
    // A size counts only after it worked. An endpoint that is down refuses all sizes.
    else if (outcomes.size > 0) batch.size = Math.min(batch.size, batchSize)
    return reading
  }

  function close (): void {
    clearTimeout(deadline)
    ending.abort()
    endpoint.close()
  }

  return { send, close }
}
