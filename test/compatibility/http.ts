import { request } from 'node:http'
import { once } from 'node:events'

export interface HttpAnswer {
  status: number
  headers: NodeJS.Dict<string | string[]>
  body: Record<string, any>
}

/** One request by node:http, which sends the headers as they are written here, and makes Basic authentication of credentials in the URL. */
export async function send (method: string, url: string, { headers = {}, body }: { headers?: Record<string, string>, body?: string } = {}): Promise<HttpAnswer> {
  const outgoing = request(new URL(url), { method, headers: { ...headers, ...body !== undefined && { 'content-length': String(Buffer.byteLength(body)) } } })
  outgoing.end(body)
  const [incoming] = await once(outgoing, 'response')
  return { status: incoming.statusCode, headers: incoming.headers, body: JSON.parse(Buffer.concat(await incoming.toArray()).toString()) }
}
