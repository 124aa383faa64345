import type { Socket } from 'node:net'

/** How long a body that nobody wants is read. */
const MAXIMUM_MS = 2000

/**
 * Has the connection end in stages, as RFC 9112, section 9.6, wants it: the answer, the end, and then reading on until the client
 * ends it too. Closed at once, with bytes of the client's unread, it is reset, and the client may never see the answer.
 */
export function lingerOnClose (socket: Socket): void {
  // Node calls it after the last answer of a connection.
  socket.destroySoon = () => {
    socket.end()
    const timer = setTimeout(() => socket.destroy(), MAXIMUM_MS)
    socket.once('close', () => clearTimeout(timer))
  }
}
