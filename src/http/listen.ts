import { once } from 'node:events'
import { lookup } from 'node:dns/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** The addresses of HOST. `localhost` may have two. */
export async function addressesOf (host: string): Promise<string[]> {
  return host === 'localhost' ? (await lookup(host, { all: true })).map(({ address }) => address) : [host]
}

/**
 * Listens on all addresses with the same HTTP server. Fastify would make a second one for the second address of
 * `localhost`, without TLS and without the limits for strangers.
 */
export async function listen (app: FastifyInstance, { addresses: [first, ...others], port }: { addresses: string[], port: number }): Promise<void> {
  const doors: Server[] = []
  app.addHook('preClose', async () => { for (const door of doors) door.close() })
  await app.listen({ port, host: first! })
  for (const address of others) {
    const door = createServer({ allowHalfOpen: true, noDelay: true }, socket => app.server.emit('connection', socket))
    try {
      await once(door.listen((app.server.address() as AddressInfo).port, address), 'listening')
      doors.push(door)
      app.log.info(`The server listens at ${address}, too`)
    } catch (error) {
      app.log.warn(`HOST is ${address}, too, which cannot be listened on (${(error as NodeJS.ErrnoException).code})`)
    }
  }
}
