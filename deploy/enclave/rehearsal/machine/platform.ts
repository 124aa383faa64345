import type { Place } from '../../../../test/fixtures/hosts/places.js'
import type { Rehearsal } from '../rehearsal.js'
import type { Enclave } from './boot.js'
import { openHostProxy } from './host-proxy.js'

/** Stands in for the address that the platform gives to an enclave's loopback device. No host has it (RFC 5737). */
export const ADDRESS = '198.51.100.7'
const PORTS = { service: 5000, attestation: 1301 }

/** Stands in for the platform around the container: network, attestation server, and the ways in. */
export async function startPlatform (enclave: Enclave, { defer }: Pick<Rehearsal, 'defer'>): Promise<Place> {
  await enclave.run('ip', 'link', 'set', 'lo', 'up')
  await enclave.run('ip', 'address', 'add', `${ADDRESS}/32`, 'dev', 'lo')
  enclave.start(
    '/app/attestation-server', '--ip-addr', `${ADDRESS}:${PORTS.attestation}`, '--pub-key', '/app/ecdsa.pub'
  )
  return { service: await open(PORTS.service), attestation: await open(PORTS.attestation) }

  async function open (port: number) {
    enclave.start('/app/vsock-to-ip', '--vsock-addr', `88:${port}`, '--ip-addr', `${ADDRESS}:${port}`)
    const proxy = await openHostProxy({ door: enclave.door(port) })
    defer(proxy.close)
    return proxy.address
  }
}
