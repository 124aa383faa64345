import { Readable } from 'node:stream'
import { createHttpClient, hasNoBody, leave } from '../../../src/outgoing/http-client.js'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** The part of fetch that the client needs. The global fetch and compatible ones fit. */
export type Fetch = (url: URL, request: {
  method: Method, headers: Record<string, string>, body?: string, signal: AbortSignal, redirect: 'error'
}) => Promise<Response>

/** Makes a replacement of fetch on Node that reaches every port. It follows no redirect. */
export function createNodeFetch (client: ReturnType<typeof createHttpClient>): Fetch {
  return async (url, { method, headers, body, signal }) => {
    const answer = await client.open({ method, url, headers, signal, ...body !== undefined && { body } })
    if (answer.status >= 300 && answer.status < 400) {
      leave(answer.body)
      throw new Error('the answer is a redirect, which is not followed')
    }
    if (!hasNoBody(answer.status)) return new Response(Readable.toWeb(answer.body), { status: answer.status })
    leave(answer.body)
    return new Response(null, { status: answer.status })
  }
}

/** All clients in the process share the kept connections. */
export const nodeFetch = createNodeFetch(createHttpClient())
