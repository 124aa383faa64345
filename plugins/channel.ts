import type { Socket } from 'node:net'
import fp from 'fastify-plugin'
import { type Channel, createChannel } from '../src/channel/channel.js'
import { createTlsOnPort } from '../src/channel/tls-on-port.js'
import { createEnclaveKey, type EnclaveKey } from '../src/enclave/enclave-key.js'
import { readEnclaveSecret } from '../src/enclave/secret.js'

declare module 'fastify' {
  interface FastifyInstance {
    channel: Channel
    /** The key that the enclave's attestation document names. */
    attestedKey: EnclaveKey
  }
}

/** Serves TLS on the service's port. The enclave's attested key endorses its key. */
export default fp(async (app) => {
  const { ATTESTED_KEY_PATH: path } = app.config
  const attestedKey = path === undefined ? app.enclaveKey : await readAttestedKey(path)
  const channel = createChannel({ attestedKey, signingKey: app.enclaveKey.publicKey })
  app.decorate('attestedKey', attestedKey)
  app.decorate('channel', channel)
  const takeOver = createTlsOnPort({ server: app.server, secureContext: channel.secureContext })
  app.server.on('clientHello', (socket: Socket, firstBytes: Buffer) => takeOver(socket, firstBytes))
  app.log.info({ boot_id: channel.bootId, spki_sha256: channel.spkiSha256 }, 'TLS is served on the same port')

  async function readAttestedKey (file: string): Promise<EnclaveKey> {
    const read = await readEnclaveSecret(file)
    if (read === null) throw new Error(`ATTESTED_KEY_PATH ${file} does not exist: mount the secp256k1 secret (32 raw bytes) that the attestation document names there, or leave the variable out`)
    /* c8 ignore next -- only a mounted file has a warning, and a test cannot mount one */
    if (read.warning !== null) app.log.warn(read.warning)
    const key = createEnclaveKey({ secret: read.secret })
    app.redactor.learnKey(key.secretHex)
    return key
  }
}, { name: 'channel', dependencies: ['enclave'] })
