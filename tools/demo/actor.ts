import { setTimeout as pause } from 'node:timers/promises'
import { differenceFrom, type Expected } from './narration/difference.js'
import type { Narrator } from './narration/narrator.js'
import { shortJson } from './narration/shorten.js'

/** The fields of an answer that the steps read. */
export interface Answer<Data = unknown> {
  data: Data
  process: { pid: number }
}

export interface Call {
  title: string
  method: 'GET' | 'POST' | 'PUT'
  path: string
  body?: unknown
  /** The documented status, and fields of the answer. */
  status: number
  answer: { [field: string]: Expected }
  /** Repeats the call for the given time until the answer is as documented. */
  patienceMs?: number
}

export interface Deed {
  title: string
  /** The action, as the demo shows it. */
  deed: string
  /** Acts, and returns the outcome as text. Throws if the outcome is wrong. */
  run: () => Promise<string>
}

const POLL_MS = 200

/**
 * Plays the steps against the service at `url`. It shows each step, and throws at the first that deviates from the
 * documentation.
 */
export function createActor ({ url, narrator, signal }: { url: string, narrator: Narrator, signal: AbortSignal }) {
  let apiKey = ''

  /** Makes one call of the API. Returns its answer, which `step.answer` has checked. */
  async function call<Data> (step: Call): Promise<Answer<Data>> {
    const { title, method, path, body } = step
    narrator.step(title)
    narrator.sent(`${method} ${path}${body === undefined ? '' : ` ${shortJson(body)}`}`)
    const startedAt = performance.now()
    const { status, answer, difference } = await narrator.during(`${method} ${path}`, ask(step))
    narrator.received(`${status} ${shortJson(answer)}`)
    if (difference !== null) throw new Error(`Not as documented: ${difference}`)
    narrator.succeeded(`as documented, ${since(startedAt)}`)
    return answer as Answer<Data>
  }

  async function ask (step: Call) {
    const deadline = performance.now() + (step.patienceMs ?? 0)
    while (true) {
      const { status, answer } = await send(step)
      const difference = differenceFrom(step.status, status, 'the status') ?? differenceFrom(step.answer, answer)
      if (difference === null || performance.now() > deadline) return { status, answer, difference }
      await pause(POLL_MS, null, { signal })
    }
  }

  async function send ({ method, path, body }: Call): Promise<{ status: number, answer: Answer }> {
    const response = await fetch(`${url}${path}`, {
      method,
      signal,
      headers: { 'api-key': apiKey, ...body !== undefined && { 'content-type': 'application/json' } },
      ...body !== undefined && { body: JSON.stringify(body) },
    })
    return { status: response.status, answer: await response.json() as Answer }
  }

  /** An action outside the API: on the chain, or on a process. */
  async function act ({ title, deed, run }: Deed): Promise<void> {
    signal.throwIfAborted()
    narrator.step(title)
    narrator.sent(deed)
    const startedAt = performance.now()
    const outcome = await narrator.during(deed, run())
    narrator.succeeded(`${outcome}, ${since(startedAt)}`)
  }

  return { call, act, useKey: (key: string) => { apiKey = key } }
}

export type Actor = ReturnType<typeof createActor>

function since (startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
}
