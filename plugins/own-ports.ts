import type { AddressInfo } from 'node:net'
import fp from 'fastify-plugin'
import { portOf } from '../src/chain/network.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Ports that markets must not have: the service's, its metrics', its supervisor's and reserved ones. */
    ownPorts: Set<number>
  }
}

/** The ports of supervisord, and of an Oyster enclave's proxies and attestation servers. */
const RESERVED_PORTS = [9001, 1100, 1300, 1301, 1500]

/** Holds the configured ports first, and the real ones once the service listens. */
export default fp(async (app) => {
  const { PORT, METRICS_PORT = PORT, SUPERVISORD_URL = '' } = app.config
  const ownPorts = new Set([...RESERVED_PORTS, PORT, METRICS_PORT])
  if (/^https?:/i.test(SUPERVISORD_URL) && URL.canParse(SUPERVISORD_URL)) ownPorts.add(portOf(SUPERVISORD_URL))
  app.decorate('ownPorts', ownPorts)
  app.addHook('onListen', async () => {
    ownPorts.add((app.server.address() as AddressInfo).port)
  })
}, { name: 'own-ports', dependencies: ['environment'] })
