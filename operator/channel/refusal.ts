import type { Static } from '@sinclair/typebox'
import type { Socket } from 'node:net'
import type { ErrorAnswer } from '../../schemas/common.js'
import type { GeneratorClientError } from '../client/errors.js'

const STATUS_CODE = 502
/** The longest time to read a request that goes nowhere. */
const LINGER_MS = 2000

/**
 * Answers the first request of a connection with 502 and the service's envelope, and closes. It waits for the request,
 * because clients take an earlier answer for none. Then it reads on until the client ends, so that no reset overtakes
 * the answer.
 */
export function refuse (client: Socket, { code, message, data }: GeneratorClientError): void {
  client.once('data', () => {
    client.end(answerOf({ status: 'error', statusCode: STATUS_CODE, code, message, data }))
    const timer = setTimeout(() => client.destroy(), LINGER_MS)
    client.once('close', () => clearTimeout(timer))
  })
  client.once('end', () => client.end())
  client.resume()
}

function answerOf (envelope: Static<typeof ErrorAnswer>): string {
  const body = JSON.stringify(envelope)
  return [
    `HTTP/1.1 ${STATUS_CODE} ${envelope.code}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
    '',
    body,
  ].join('\r\n')
}
