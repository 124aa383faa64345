import { setTimeout as pause } from 'node:timers/promises'
import { differenceFrom, type Expected } from './narration/difference.js'
import type { Narrator } from './narration/narrator.js'
import { shortJson } from './narration/shorten.js'

/** Of an answer only what the steps read. */
export interface Answer<Data = unknown> {
  data: Data
  process: { pid: number }
}

export interface Call {
  title: string
  method: 'GET' | 'POST' | 'PUT'
  path: string
  body?: unknown
  /** What the documentation promises: the status, and fields of the answer. */
  status: number
  answer: { [field: string]: Expected }
  /** Asks again until the answer is as promised, for so long. */
  patienceMs?: number
}

export interface Deed {
  title: string
  /** What is done, as it is shown. */
  deed: string
  /** Does it, and tells what came of it; throws where that is not as it should be. */
  run: () => Promise<string>
}

const POLL_MS = 200

/** Plays the steps against the service at `url`: shows each, and throws at the first that does not go as documented. */
export function createActor ({ url, narrator, signal }: { url: string, narrator: Narrator, signal: AbortSignal }) {
  let apiKey = ''

  /** One call of the API; gives its answer, whose form `step.answer` vouches for. */
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

  /** Something else than a call of the API: on the chain, or to a process. */
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
