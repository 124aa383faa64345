import { request } from 'node:http'
import { once } from 'node:events'

export interface HttpAnswer {
  status: number
  headers: NodeJS.Dict<string | string[]>
  body: Record<string, any>
}

/**
 * Sends one request by node:http, which keeps the headers as written here. It turns credentials in the URL into Basic
 * authentication.
 */
export async function send (method: string, url: string, {
  headers = {}, body
}: { headers?: Record<string, string>, body?: string } = {}): Promise<HttpAnswer> {
  const outgoing = request(new URL(url), {
    method, headers: { ...headers, ...body !== undefined && { 'content-length': String(Buffer.byteLength(body)) } }
  })
  outgoing.end(body)
  const [incoming] = await once(outgoing, 'response')
  return {
    status: incoming.statusCode,
    headers: incoming.headers,
    body: JSON.parse(Buffer.concat(await incoming.toArray()).toString()),
  }
}
