import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Linux's default net.ipv4.ip_local_port_range begins at 32768. */
const LOWEST_EPHEMERAL_PORT = 32_768
const LOWEST_PORT = 10_000

/** Finds a free port of loopback outside the system's own range. A program that restarts on it finds it free again. */
export async function freePort ({
  candidate = () => randomInt(LOWEST_PORT, LOWEST_EPHEMERAL_PORT),
} = {}): Promise<number> {
  const port = candidate()
  const server = createServer().listen(port, '127.0.0.1')
  const isFree = await once(server, 'listening').then(() => true, () => false)
  if (!isFree) return await freePort({ candidate })
  server.close()
  await once(server, 'close')
  return port
}
