import http, { type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

/** A JSON-RPC request as a client sent it. */
export interface RpcRequest {
  jsonrpc: string
  id: number
  method: string
  params: unknown[]
}

/** Serves on a free port of loopback until the test ends. Resolves to the URL. */
export async function serve (t: Test, listener: RequestListener): Promise<string> {
  return await listen(t, http.createServer(listener))
}

/** Does the same for a server that exists already. `scheme` is the URL's. */
export async function listen (t: Test, server: Server, scheme = 'http'): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export async function readBody (request: IncomingMessage): Promise<RpcRequest | RpcRequest[]> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString()) as RpcRequest | RpcRequest[]
}

export function sendJson (response: ServerResponse, content: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content))
}

/** Never ends, and never falls silent. */
export function drip (response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), 20)
  response.on('close', () => clearInterval(timer))
}

/** Writes 1 GB as fast as the other side takes it. */
export function flood (response: ServerResponse): void {
  const chunk = Buffer.alloc(1024 * 1024, ' ')
  let left = 1024
  const more = () => {
    while (left-- > 0) {
      if (!response.write(chunk)) return
    }
    response.end()
  }
  response.on('drain', more)
  more()
}

/** Serves JSON-RPC with one function for every call. Answers batches in reverse, as the standard allows. */
export async function serveRpc (t: Test, answer: (request: RpcRequest) => object): Promise<string> {
  return await serve(t, async (request, response) => {
    const body = await readBody(request)
    const respond = (call: RpcRequest) => ({ jsonrpc: '2.0', id: call.id, ...answer(call) })
    sendJson(response, Array.isArray(body) ? body.map(respond).reverse() : respond(body))
  })
}

/** A proxy's work on a request: it passes the request on with `forward`, or answers otherwise. */
export type Intercept = (exchange: {
  body: RpcRequest | RpcRequest[], response: ServerResponse, forward: () => Promise<void>
}) => void | Promise<void>

/** A proxy before a JSON-RPC endpoint. */
export async function serveProxy (t: Test, target: string, intercept: Intercept): Promise<string> {
  return await serve(t, async (request, response) => {
    const body = await readBody(request)
    const forward = async (): Promise<void> => {
      const answer = await fetch(target, {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body)
      })
      sendJson(response, await answer.json(), answer.status)
    }
    await intercept({ body, response, forward })
  })
}
