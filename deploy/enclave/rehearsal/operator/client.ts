import { setTimeout as pause } from 'node:timers/promises'

const POLL_MS = 200
/** The service itself answers a start or a stop within 9 s. */
const CALL_TIMEOUT_MS = 15_000
/** fetch may wait for ever on a connection that broke at its very beginning. */
const PROBE_TIMEOUT_MS = 2000

/** The fields of an answer that the checks read. */
export interface Answer {
  status: number
  body: { code?: string, message?: string, data?: any, process?: { state: string, pid: number } }
}

export interface Client {
  url: string
  call (method: string, path: string, body?: unknown): Promise<Answer>
  /** Repeats the call for the given time until the answer is as wanted. A refused connection counts as no answer. */
  await (options: { path: string, wanted: (answer: Answer) => boolean, patienceMs: number }): Promise<Answer>
}

/** Calls the API at `url`. Asks for the key at each call. */
export function createClient ({
  url, apiKey, signal
}: {
  url: string, apiKey: () => string, signal: AbortSignal
}): Client {
  async function call (method: string, path: string, body?: unknown, timeoutMs = CALL_TIMEOUT_MS): Promise<Answer> {
    const deadline = new AbortController()
    // Node 20 may collect the signal of AbortSignal.timeout too early when AbortSignal.any holds it.
    const timer = setTimeout(() => deadline.abort(), timeoutMs)
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        signal: AbortSignal.any([signal, deadline.signal]),
        headers: { 'api-key': apiKey(), ...body !== undefined && { 'content-type': 'application/json' } },
        ...body !== undefined && { body: JSON.stringify(body) },
      })
      return { status: response.status, body: await response.json() as Answer['body'] }
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    url,
    call,
    await: async ({ path, wanted, patienceMs }) => {
      const deadline = performance.now() + patienceMs
      while (true) {
        const answer = await call('GET', path, undefined, PROBE_TIMEOUT_MS).catch(() => null)
        if (answer !== null && wanted(answer)) return answer
        if (performance.now() > deadline) {
          throw new Error(`${path}: ${patienceMs / 1000} s passed, last answer ${JSON.stringify(answer)}`)
        }
        await pause(POLL_MS, null, { signal })
      }
    },
  }
}
