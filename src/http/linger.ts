import type { Socket } from 'node:net'

/** The longest time to read a body that the service does not use. */
const MAXIMUM_MS = 2000

/**
 * Closes a connection in stages, as RFC 9112, section 9.6, demands: answer, end, then read until the client ends it
 * too. An immediate close with unread bytes resets the connection, and the client may never see the answer.
 */
export function lingerOnClose (socket: Socket): void {
  // Node calls this after the last answer of a connection.
  socket.destroySoon = () => {
    socket.end()
    const timer = setTimeout(() => socket.destroy(), MAXIMUM_MS)
    socket.once('close', () => clearTimeout(timer))
  }
}
