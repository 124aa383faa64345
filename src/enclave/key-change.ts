import type { Configuration } from '../../schemas/configuration.js'
import { createEnclaveKey } from './enclave-key.js'

/**
 * Throws an Error that begins with ENCLAVE_KEY_CHANGED if a new development secret would overwrite the generators' own.
 * Nobody could then read the proof requests that are encrypted to them. `secret` is 32 raw bytes.
 */
export async function assertOverwritesNoKey ({ configuration, secret, path }: { configuration: Configuration, secret: Buffer, path: string }): Promise<void> {
  const stored = new Set(configuration.generators.map(one => one.ecies_private_key.toLowerCase()))
  if (stored.size === 0) return
  const addresses = await Promise.all([...stored].map(async key => await addressOf(Buffer.from(key, 'hex'))))
  throw new Error(`ENCLAVE_KEY_CHANGED: generator_config.json has the key of ${addresses.join(', ')}, and there is no file ${path}. ` +
    `A new development key, such as that of ${await addressOf(secret)}, would overwrite it. Put the secret of ${addresses[0]} back there, ` +
    'or start with ENCLAVE_KEY_CHANGED=accept: the two config files are kept beside, and the new key must be registered')
}

async function addressOf (secret: Buffer): Promise<string> {
  return await createEnclaveKey({ secret }).getAddress()
}
