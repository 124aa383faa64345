import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * Stands in for Oyster's ip-to-vsock on the host. It leads a port of loopback to the enclave's vsock, here a unix
 * socket.
 */
export async function openHostProxy (door: string): Promise<{ url: string, close: () => Promise<void> }> {
  const connections = new Set<Socket>()
  const server = createServer(outside => {
    connections.add(outside)
    const inside = connect(door)
    outside.pipe(inside).pipe(outside)
    // A connection that breaks on one side ends on the other.
    inside.on('error', () => outside.destroy())
    outside.on('error', () => inside.destroy()).on('close', () => {
      inside.destroy()
      connections.delete(outside)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close()
      for (const connection of connections) connection.destroy()
      await once(server, 'close')
    },
  }
}
