import type { HttpAnswer } from '../../outgoing/http-client.js'
import { RpcUnavailable } from './rpc-unavailable.js'
import { isBatchRefusal, isLimit, type RpcError } from './refusal.js'

export type RpcOutcome = { result: unknown } | { error: RpcError }

export interface SentCall { id: number, optional: boolean }

export interface AnswerReading {
  outcomes: Map<number, RpcOutcome>
  /** Ids of calls that the provider's limit refused. */
  limited: number[]
  /** Ids of calls that a smaller batch must repeat. */
  refused: number[]
}

export const NOT_ANSWERED: RpcOutcome = { error: { code: 0, message: 'not answered' } }
export const ANSWER_TOO_LONG: RpcOutcome = { error: { code: 0, message: 'answer too long' } }

/** The provider is busy or broken. A smaller batch would not help. */
const NO_REFUSAL_STATUSES = [502, 503, 504]

/** Reads the answer to one call or to a batch. Throws RpcUnavailable if it is neither. */
export function readAnswer (answer: HttpAnswer<Buffer>, calls: SentCall[]): AnswerReading {
  const { status, headers } = answer
  if (status >= 300 && status < 400) throw new RpcUnavailable('redirects elsewhere, which is not followed')
  const content = parse(answer.body)
  const error = readError(content)
  const isLimitStatus = status === 429 || (status === 503 && headers['retry-after'] !== undefined)
  if (isLimitStatus || (error !== null && isLimit(error))) return allOf(calls, 'limited')
  const isBatch = calls.length > 1
  if (status !== 200) {
    if (isBatch && status >= 400 && !NO_REFUSAL_STATUSES.includes(status)) return allOf(calls, 'refused')
    throw new RpcUnavailable(`answered with HTTP status ${status}`)
  }
  if (!isBatch) return readEntries([content], calls)
  if (error !== null) return allOf(calls, 'refused')
  if (!Array.isArray(content) || content.length > calls.length) throw notJsonRpc()
  return readEntries(content, calls)
}

/** Answers to a batch come in any order, and some providers return ids as strings. */
function readEntries (entries: unknown[], calls: SentCall[]): AnswerReading {
  const errors = entries.map(readError)
  if (calls.length > 1 && entries.length > 0 && errors.every(error => error !== null && isBatchRefusal(error))) return allOf(calls, 'refused')
  const isShort = entries.length < calls.length
  const reading: AnswerReading = { outcomes: new Map(), limited: [], refused: [] }
  const byId = new Map(entries.map(entry => [idOf(entry), entry]))
  // An error without an id concerns all missing answers.
  const common = errors.find((error, index) => error !== null && idOf(entries[index]) === null) ?? null
  for (const { id, optional } of calls) {
    const entry = byId.get(String(id))
    if (entry === undefined && common !== null && isLimit(common)) reading.limited.push(id)
    else if (entry === undefined && isShort && !optional) reading.refused.push(id)
    else if (entry === undefined && calls.length === 1 && common !== null) reading.outcomes.set(id, { error: common })
    else readOutcome({ entry, id, optional, reading })
  }
  return reading
}

function readOutcome ({ entry, id, optional, reading }: { entry: unknown, id: number, optional: boolean, reading: AnswerReading }): void {
  const outcome = toOutcome(entry)
  if (optional) reading.outcomes.set(id, outcome ?? NOT_ANSWERED)
  else if (outcome === null) throw notJsonRpc()
  else if ('error' in outcome && isLimit(outcome.error)) reading.limited.push(id)
  else reading.outcomes.set(id, outcome)
}

/** Returns null for anything else. Some providers omit `jsonrpc`. */
function toOutcome (entry: unknown): RpcOutcome | null {
  if (!isObject(entry) || (entry['jsonrpc'] ?? '2.0') !== '2.0') return null
  const error = readError(entry)
  if (error !== null) return { error }
  return entry['result'] === undefined ? null : { result: entry['result'] }
}

function readError (entry: unknown): RpcError | null {
  if (!isObject(entry) || !isObject(entry['error'])) return null
  const { code, message } = entry['error']
  return typeof code === 'number' ? { code, message: typeof message === 'string' ? message : '' } : null
}

function idOf (entry: unknown): string | null {
  const id = isObject(entry) ? entry['id'] ?? null : null
  return id === null ? null : String(id)
}

function allOf (calls: SentCall[], kind: 'limited' | 'refused'): AnswerReading {
  return { outcomes: new Map(), limited: [], refused: [], [kind]: calls.map(({ id }) => id) }
}

function parse (body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

function notJsonRpc (): RpcUnavailable {
  return new RpcUnavailable('answered with something that is not JSON-RPC')
}

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
