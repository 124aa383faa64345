import { rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { parseSupervisorAddress } from '../../../src/supervisor/xml-rpc/connection.js'

function http (status: string, body: string, length = body.length): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: text/xml\r\ncontent-length: ${length}\r\n\r\n${body}`
}

/** No supervisor gives any of these answers. The last but one breaks off, and the last is far larger than any. */
const GARBAGE = [
  '',
  'SSH-2.0-OpenSSH_9.2\r\n',
  http('200 OK', '<html>hello</html>'),
  http('200 OK', ''),
  http('200 OK', '<methodResponse/>'),
  http('200 OK', '<methodResponse><params><param><value><int>x</int></value></param></params></methodResponse>'),
  http('200 OK', '{"state": "RUNNING"}'),
  http('404 Not Found', 'no'),
  http('500 Internal Server Error', 'no'),
  http('200 OK', '<methodResponse>', 1_000),
  http('200 OK', ' '.repeat(9 * 1024 * 1024)),
]

/** Answers nonsense in a supervisord's place, another one on each connection. Returns a function that ends it. */
export async function serveGarbage (url: string): Promise<() => Promise<void>> {
  const { origin, socketPath } = parseSupervisorAddress(url)
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer(socket => {
    const garbage = GARBAGE[connections++ % GARBAGE.length] as string
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    socket.once('data', () => socket.end(garbage))
  })
  // The socket of a killed daemon stays.
  if (socketPath !== null) rmSync(socketPath, { force: true })
  await new Promise<void>(resolve =>
    socketPath === null
      ? server.listen(Number(new URL(origin).port), '127.0.0.1', resolve)
      : server.listen(socketPath, resolve)
  )
  return async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  }
}
