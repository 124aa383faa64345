import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import fp from 'fastify-plugin'
import { connectionsWithin, descriptorLimit } from '../../src/machine/descriptors.js'
import { isTls } from '../../src/channel/tls-on-port.js'
import type { Limits } from '../../src/http/limits.js'
import { lingerOnClose } from '../../src/http/linger.js'
import { createOccasionalReport } from '../../src/timing/occasional-report.js'
import { createTurns } from '../../src/timing/turns.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Protects a connection that carried the API key from being closed for strangers. */
    trustConnection: (socket: Socket) => void
  }
}

/** A stranger's request costs about 0.2 ms with its connection. */
const STRANGERS_TURN_MS = 1

/**
 * Caps open connections without locking anybody out: the oldest one without the API key makes room. Closes connections
 * that stay silent longer than any answer takes, because their clients do not read. Requests without the key take
 * turns, one for each connection, so that the owner need not wait for all.
 */
export default fp<Pick<Limits, 'maxConnections' | 'silenceMs'>>(async (app, { maxConnections, silenceMs }) => {
  const { OPERATION_TIMEOUT_MS, RPC_TIMEOUT_MS } = app.config
  const cap = Math.min(maxConnections, connectionsWithin(descriptorLimit()))
  const open = new Set<Socket>()
  /** The oldest come first. A crowd of plain ones pushes out nobody who has had a turn for TLS. */
  const strangers = { plain: new Set<Socket>(), tls: new Set<Socket>() }
  const strangersLike = (socket: Socket): Set<Socket> => isTls(socket) ? strangers.tls : strangers.plain
  const report = createOccasionalReport({
    report: closed => app.log.warn({ closed, max_connections: cap }, 'connections over the cap were closed'),
  })

  app.server.timeout = OPERATION_TIMEOUT_MS + RPC_TIMEOUT_MS + silenceMs
  app.server.on('connection', socket => {
    open.add(socket)
    strangersLike(socket).add(socket)
    socket.once('close', () => forget(socket))
    if (open.size <= cap) return
    report()
    const isTlsCrowded = strangers.tls.size > cap / 2 || strangers.plain.size === 0
    const [oldest] = isTlsCrowded ? strangers.tls : strangers.plain
    forget(oldest!)
    oldest!.destroy()
  })
  app.decorate('trustConnection', socket => { strangersLike(socket).delete(socket) })

  const waitForTurn = createTurns({ turnMs: STRANGERS_TURN_MS })
  const answers = new WeakMap<Socket, ServerResponse>()
  app.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw
    if (!strangersLike(socket).has(socket) || app.carriesApiKey(request)) return done()
    const newest = answers.get(socket)
    // TLS reports the end of a write only after the client may have sent its next request.
    if (newest !== undefined && !newest.writableEnded) {
      // Strangers may not pipeline. A client repeats unanswered requests after a close (RFC 9112, section 9.3.2).
      newest.shouldKeepAlive = false
      reply.hijack()
      return
    }
    answers.set(socket, reply.raw)
    waitForTurn({ isGone: () => socket.destroyed, go: done })
  })

  const lingering = new WeakSet<Socket>()
  app.addHook('onSend', ({ raw: { complete, socket } }, reply, payload, done) => {
    if (!complete && reply.getHeader('connection') === 'close') {
      lingering.add(socket)
      lingerOnClose(socket)
    }
    done(null, payload)
  })
  // Later requests are not carried out, because nobody would get the answer.
  app.addHook('onRequest', ({ raw: { socket } }, reply, done) => {
    if (!lingering.has(socket)) return done()
    reply.hijack()
    socket.destroy()
  })

  function forget (socket: Socket): void {
    open.delete(socket)
    strangersLike(socket).delete(socket)
  }
}, { name: 'connections', dependencies: ['environment'] })
