import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createOccasionalReport } from '../../src/timing/occasional-report.js'
import { createPlaces } from '../../src/timing/places.js'
import type { GeneratorClientError } from '../client/errors.js'
import type { Channel } from './channel.js'
import { isLoopback } from './loopback.js'
import { refuse } from './refusal.js'

/** A handshake costs the service a millisecond of CPU. More of them at once would only make each one late. */
const HANDSHAKES = 64
/** As many as the kernel allows. Node's default of 511 would turn clients away that come together. */
const BACKLOG = 4096

export interface TunnelOptions {
  channel: Pick<Channel, 'connect'>
  /** A loopback address, because everybody who reaches the tunnel reaches the enclave. */
  host: string
  port: number
  /** Is told of the first refused connection of each error code, and at most once a minute of later ones. */
  onRefusal?: ((error: GeneratorClientError, count: number) => void) | undefined
}

/**
 * Listens on a loopback address, and joins each connection with one to the enclave. It passes all bytes as they are,
 * and adds none. A connection whose channel fails is answered 502. Throws a TypeError for another address, and Node's
 * error if it cannot listen.
 */
export async function openTunnel ({ channel, host, port, onRefusal = () => {} }: TunnelOptions) {
  if (!isLoopback(host)) throw new TypeError(`The tunnel listens on this machine only: ${host} is no loopback address`)
  const inPlace = createPlaces(HANDSHAKES)
  const open = new Set<Socket>()
  let refusal: GeneratorClientError | null = null
  const reports = new Map<string, () => void>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, onConnection)
  server.listen({ host, port, backlog: BACKLOG })
  await once(server, 'listening')

  async function onConnection (client: Socket): Promise<void> {
    keep(client)
    await inPlace(async () => await join(client)).catch((error: GeneratorClientError) => {
      tell(error)
      refuse(client, error)
    })
  }

  /** Each code has its own report, so that none hides another. */
  function tell (error: GeneratorClientError): void {
    refusal = error
    const report =
      reports.get(error.code) ?? createOccasionalReport({ report: count => onRefusal(refusal!, count) })
    reports.set(error.code, report)
    report()
  }

  async function join (client: Socket): Promise<void> {
    if (client.destroyed) return
    const enclave = await channel.connect({ allowHalfOpen: true })
    keep(enclave)
    client.once('close', () => enclave.destroy())
    // The bytes that came before the end are still written.
    enclave.once('close', () => client.destroySoon())
    if (client.destroyed) enclave.destroy()
    else client.pipe(enclave).pipe(client)
  }

  function keep (socket: Socket): void {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    // The close that follows says all.
    socket.on('error', () => {})
  }

  return {
    /** Where clients connect to, such as http://127.0.0.1:5000. */
    url: urlOf(server.address() as AddressInfo),
    /** Closes the tunnel with all of its connections. */
    async close (): Promise<void> {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}

function urlOf ({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
