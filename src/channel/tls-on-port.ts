import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { createTurns } from '../timing/turns.js'

/** The first byte of a TLS handshake (RFC 8446, section 5.1). No HTTP request begins with it. */
const HANDSHAKE = 0x16
/** A handshake costs about 0.8 ms, so that strangers take a fifth of a core at most. */
const TURN_MS = 4

export function isTls (socket: Socket): boolean {
  return 'encrypted' in socket
}

/** Tells whether bytes that the HTTP parser refused begin a TLS connection. */
export function isClientHello (bytes: unknown, socket: Socket): bytes is Buffer {
  return Buffer.isBuffer(bytes) && bytes[0] === HANDSHAKE && socket.bytesRead === bytes.length && !isTls(socket)
}

/**
 * Serves TLS on the port of an HTTP server. The server's own parser looks at every first byte, so that plain
 * connections stay as they are. Handshakes take turns.
 */
export function createTlsOnPort ({ server, secureContext }: { server: Server, secureContext: () => Promise<SecureContext> }) {
  const waitForTurn = createTurns({ turnMs: TURN_MS })

  async function begin (socket: Socket, firstBytes: Buffer): Promise<void> {
    const [{ TLSSocket }, context] = await Promise.all([import('node:tls'), secureContext()])
    if (socket.destroyed) return
    // For HTTP and the plugins this connection ends here, and that of the TLS socket begins.
    socket.emit('close')
    for (const event of socket.eventNames()) socket.removeAllListeners(event)
    socket.setTimeout(0)
    socket.unshift(firstBytes)
    server.emit('connection', new TLSSocket(socket, { isServer: true, secureContext: context, ALPNProtocols: ['http/1.1'] }))
  }

  /** Takes over a connection whose first bytes are `firstBytes`. */
  return (socket: Socket, firstBytes: Buffer): void => {
    socket.pause()
    waitForTurn({
      isGone: () => socket.destroyed,
      go: () => { begin(socket, firstBytes).catch(() => socket.destroy()) },
    })
  }
}
