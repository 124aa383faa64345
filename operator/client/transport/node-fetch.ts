import { Readable } from 'node:stream'
import { createHttpClient, hasNoBody, leave } from '../../../src/outgoing/http-client.js'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** The client needs no more of fetch; the global one and others like it will do. */
export type Fetch = (url: URL, request: {
  method: Method, headers: Record<string, string>, body?: string, signal: AbortSignal, redirect: 'error'
}) => Promise<Response>

/** Kept connections of all clients in the process. */
const client = createHttpClient()

/** Takes the place of fetch on Node: it reaches every port, and knows what the service calls itself. It follows no redirect. */
export const nodeFetch: Fetch = async (url, { method, headers, body, signal }) => {
  const answer = await client.open({ method, url, headers, signal, ...body !== undefined && { body } })
  if (answer.status >= 300 && answer.status < 400) {
    leave(answer.body)
    throw new Error('the answer is a redirect, which is not followed')
  }
  if (!hasNoBody(answer.status)) return new Response(Readable.toWeb(answer.body), { status: answer.status })
  leave(answer.body)
  return new Response(null, { status: answer.status })
}
