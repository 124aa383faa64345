import { once } from 'node:events'
import { lookup } from 'node:dns/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import type { FastifyInstance } from 'fastify'

/**
 * Listens on a host. Where `localhost` has two addresses, the same HTTP server answers on both. Fastify would make a
 * second one, without TLS and without the limits for strangers.
 */
export async function listen (app: FastifyInstance, { host, port }: { host: string, port: number }): Promise<void> {
  const [first, ...others] = host === 'localhost' ? await lookup(host, { all: true }) : [{ address: host }]
  const doors: Server[] = []
  app.addHook('preClose', async () => { for (const door of doors) door.close() })
  await app.listen({ port, host: first!.address })
  for (const { address } of others) {
    const door = createServer({ allowHalfOpen: true, noDelay: true }, socket => app.server.emit('connection', socket))
    try {
      await once(door.listen((app.server.address() as AddressInfo).port, address), 'listening')
      doors.push(door)
      app.log.info(`Server listening at ${address}, too`)
    } catch (error) {
      app.log.warn(`localhost is ${address}, too, which cannot be listened on (${(error as NodeJS.ErrnoException).code})`)
    }
  }
}
