import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { CodedError } from '../errors.js'
import { lingerOnClose } from './linger.js'
import { headersOf } from './protocol-errors.js'

export interface Draining {
  /** Stops new work. From now on a connection lasts only as long as its requests need. */
  begin (): void
  /** Ends after the last connection is gone. */
  end (): void
}

/**
 * Ends the server's connections at its stop, because Node waits for connections without a whole request. A request in
 * progress gets its answer. A request whose body has not arrived after `graceMs` is refused with SERVICE_STOPPING. An
 * answer that its client has not read by then is cut off.
 */
export function createDraining ({ server, graceMs }: { server: Server, graceMs: number }): Draining {
  const connections = new Map<Socket, Map<IncomingMessage, ServerResponse>>()
  const timers: NodeJS.Timeout[] = []
  let isStopping = false

  server.on('connection', (socket: Socket) => {
    connections.set(socket, new Map())
    socket.once('close', () => connections.delete(socket))
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const requests = connections.get(socket)
    requests?.set(request, response)
    response.once('close', () => {
      requests?.delete(request)
      if (isStopping && requests?.size === 0) socket.destroySoon()
    })
  })

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

  return {
    begin () {
      isStopping = true
      destroySilent()
      timers.push(setTimeout(endLate, graceMs), setTimeout(destroyUnread, 2 * graceMs))
    },
    end () {
      timers.forEach(clearTimeout)
    },
  }
}

function refuse (response: ServerResponse, socket: Socket): void {
  const error = new CodedError('SERVICE_STOPPING', 'The service is shutting down, and the body has not come in time: send the request again once it is back')
  lingerOnClose(socket)
  response.writeHead(error.statusCode, error.code, { ...headersOf(error), connection: 'close' }).end(JSON.stringify(error.envelope))
}
