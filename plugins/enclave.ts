import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createEnclaveKey, type EnclaveKey } from '../src/enclave/enclave-key.js'
import { assertOverwritesNoKey } from '../src/enclave/key-change.js'
import { loadEnclaveSecret } from '../src/enclave/secret.js'

declare module 'fastify' {
  interface FastifyInstance {
    enclaveKey: EnclaveKey
    /** The file that the key was read from or written to. */
    enclaveKeyFile: string
  }
}

/** Loads the enclave's key and makes it the ECIES key of all generators. */
export default fp(async (app) => {
  const { SECP_KEY_PATH, NODE_ENV, ENCLAVE_KEY_CHANGED } = app.config
  const { secret, path, warning } = await loadEnclaveSecret({
    path: SECP_KEY_PATH,
    folder: app.dataFolder,
    production: NODE_ENV === 'production',
    assertMayBeMade: async made => {
      const configuration = await app.configuration.read().catch(() => null)
      if (configuration === null || ENCLAVE_KEY_CHANGED === 'accept') return
      await assertOverwritesNoKey({ configuration, ...made })
    },
  })
  if (warning !== null) app.log.warn(warning)
  app.decorate('enclaveKey', createEnclaveKey({ secret }))
  app.decorate('enclaveKeyFile', path)
  app.redactor.learnKey(app.enclaveKey.secretHex)
  await replaceForeignKeys(app)
}, { name: 'enclave', dependencies: ['storage', 'audit'] })

/** A generator with another ECIES key could not read the proof requests sent to it. */
async function replaceForeignKeys (app: FastifyInstance): Promise<void> {
  const { secretHex } = app.enclaveKey
  const configuration = await app.configuration.read().catch(() => null)
  if (configuration === null || configuration.generators.every(one => one.ecies_private_key === secretHex)) return
  const { adoptEnclaveSecret } = await import('../src/config/changes.js')
  await app.configuration.change(current => adoptEnclaveSecret(current(), secretHex), { keepsOld: true })
  app.audit({ action: 'SECP_KEY_PATH', fields: ['ecies_private_key'], key: null })
  app.log.warn("The enclave's key has changed. generator_config.json now has the new key, and the old config files are kept beside it. Register the new public key on chain before the next start")
}
