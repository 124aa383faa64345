import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Address } from '../../../../test/fixtures/hosts/places.js'

/**
 * Stands in for Oyster's ip-to-vsock on the host. It leads an address of loopback to the enclave's vsock, here a unix
 * socket. A port of 0 is any free one.
 */
export async function openHostProxy ({ door, host = '127.0.0.1', port = 0 }: {
  door: string, host?: string, port?: number
}): Promise<{ address: Address, close: () => Promise<void> }> {
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
  }).listen(port, host)
  await once(server, 'listening')
  return {
    address: { host, port: (server.address() as AddressInfo).port },
    close: async () => {
      server.close()
      for (const connection of connections) connection.destroy()
      await once(server, 'close')
    },
  }
}
