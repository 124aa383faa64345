import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import fp from 'fastify-plugin'
import { CodedError } from '../../src/errors.js'
import { lingerOnClose } from '../../src/http/linger.js'
import { headersOf } from '../../src/http/protocol-errors.js'

/** The programs need most of the shutdown time. */
const GRACE_MS = 1_000

/**
 * Ends the server's connections at its stop, because Node waits for connections without a whole request. A request in
 * progress gets its answer. A request whose body has not arrived after GRACE_MS is refused with SERVICE_STOPPING. An
 * answer that its client has not read by twice that time is cut off.
 */
export default fp(async (app) => {
  const connections = new Map<Socket, Map<IncomingMessage, ServerResponse>>()
  const timers: NodeJS.Timeout[] = []
  let isStopping = false

  app.server.on('connection', socket => {
    connections.set(socket, new Map())
    socket.once('close', () => connections.delete(socket))
  })
  app.server.on('request', (request, response) => {
    const { socket } = request
    const requests = connections.get(socket)
    requests?.set(request, response)
    response.once('close', () => {
      requests?.delete(request)
      if (isStopping && requests?.size === 0) socket.destroySoon()
    })
  })
  app.addHook('preClose', async () => {
    isStopping = true
    destroySilent()
    timers.push(setTimeout(endLate, GRACE_MS), setTimeout(destroyUnread, 2 * GRACE_MS))
  })
  app.addHook('onClose', async () => timers.forEach(clearTimeout))

  function destroySilent (): void {
    for (const [socket, requests] of connections) {
      if (requests.size === 0) socket.destroy()
    }
  }

  /** Gives later connections the same time to send a request. */
  function endLate (): void {
    destroySilent()
    for (const [socket, requests] of connections) {
      for (const [request, response] of requests) {
        if (response.headersSent) socket.destroy()
        else if (!request.complete) refuse(response, socket)
      }
    }
  }

  function destroyUnread (): void {
    for (const [socket, requests] of connections) {
      if ([...requests.values()].every(({ headersSent }) => headersSent)) socket.destroy()
    }
  }
}, { name: 'draining' })

function refuse (response: ServerResponse, socket: Socket): void {
  const error = new CodedError('SERVICE_STOPPING', 'The service is shutting down, and the body has not come in time: send the request again once it is back')
  lingerOnClose(socket)
  const headers = { ...headersOf(error), connection: 'close' }
  response.writeHead(error.statusCode, error.code, headers).end(JSON.stringify(error.envelope))
}
