import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { createGeneratorClient, type GeneratorClientOptions } from '../../../operator/client/index.js'
import { build } from '../../helper.js'

/** The service on a real socket, and a client with its key that knows the enclave's. */
export async function startWithClient (t: Test, variables: NodeJS.ProcessEnv = {}) {
  const service = await build(t, { variables })
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(service.app.server.address() as AddressInfo).port}`
  const apiKey = await service.generateApiKey()
  const enclavePublicKey = service.app.enclaveKey.compressedPublicKey
  const connect = (options: Partial<GeneratorClientOptions> = {}) => createGeneratorClient({
    url, apiKey, enclavePublicKey, ...options
  })
  return { service, url, apiKey, enclavePublicKey, connect, client: connect() }
}
