import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Address } from '../../../../test/fixtures/hosts/places.js'
import { untilClosed } from '../../../../test/fixtures/sockets.js'
import type { Enclave } from '../machine/boot.js'

/** supervisord would kill the service after 10 s. */
const LONGEST_STOP_MS = 5000
const TLS_HANDSHAKE = Buffer.of(0x16)
const STOPPED = /program stopped with status:([^"]*)" program=generator-client/

/** Checks that the service ends by itself when `stop` asks it to, while connections are open that have said nothing. */
export async function checkStop ({ enclave, address, stop }: {
  enclave: Enclave, address: Address, stop: () => Promise<unknown>
}): Promise<string> {
  const silent: Socket[] = [connect(address), connect(address), connectTls({ ...address, rejectUnauthorized: false })]
  await Promise.all(silent.map(async (socket, place) => once(socket, place < 2 ? 'connect' : 'secureConnect')))
  silent[1]!.write(TLS_HANDSHAKE)
  const closed = Promise.all(silent.map(untilClosed))
  const shown = enclave.console.length
  const began = performance.now()
  await Promise.all([stop(), closed])
  const took = performance.now() - began
  assert.ok(took < LONGEST_STOP_MS, `it took ${took} ms`)
  const [, status] = STOPPED.exec(enclave.console.slice(shown).join('\n')) ?? []
  assert.equal(status, 'exit status 0')
  return `it ends after ${Math.round(took)} ms, with ${status}`
}

/** Stops the service alone. */
export async function stopService ({ run }: Enclave): Promise<void> {
  await run('/app/supervisord', 'ctl', 'stop', 'generator-client')
}
