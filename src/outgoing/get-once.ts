import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { VERSION } from '../version.js'
import { AnswerTooLong } from './errors.js'
import type { HttpAnswer, HttpRequest } from './http-client.js'

/**
 * One GET with its own connection, for a process that soon ends: Node's own client loads in a third of undici's time.
 * It follows no redirect. Throws Node's errors, and AnswerTooLong.
 */
export async function getOnce ({ url, limitBytes, signal }: Pick<HttpRequest, 'url' | 'signal'> & {
  limitBytes: number
}): Promise<HttpAnswer<Buffer>> {
  const { get } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  const headers = { 'user-agent': `generator-client/${VERSION}`, accept: '*/*', 'accept-encoding': 'identity' }
  const [answer] = await once(get(url, { headers, signal, agent: false }), 'response') as [IncomingMessage]
  const chunks: Buffer[] = []
  let length = 0
  // Leaving the loop early closes the connection.
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limitBytes) throw new AnswerTooLong()
    chunks.push(chunk)
  }
  return { status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) }
}
