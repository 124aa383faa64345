import type { Configuration } from '../../schemas/configuration.js'
import { FUNDED_KEY } from '../anvil.js'
import { configuration, GENERATOR, runtimeConfig } from '../chain/configuration.js'

export interface Secrets {
  enclaveKey: string
  gasKey: string
  /** Path segment of both RPC URLs. */
  path: string
  /** Value in the query of both. */
  query: string
  configuration: Configuration
}

/** Makes a configuration whose secrets occur nowhere else. `draw` returns random bytes of a length. */
export function randomSecrets (
  draw: (length: number) => Buffer,
  changes: Partial<Configuration['runtime']> = {}
): Secrets {
  const hex = (length: number) => draw(length).toString('hex')
  const [enclaveKey, gasKey, path, query] = [hex(32), hex(32), hex(12), hex(9)]
  const url = `rpc.example/v2/${path}?key=${query}`
  const runtime = runtimeConfig(FUNDED_KEY, {
    http_url: `https://${url}`, ws_url: `wss://${url}`, private_key: gasKey, ...changes
  })
  const { generators } = configuration(runtime, { [GENERATOR]: ['1'] })
  return {
    enclaveKey,
    gasKey,
    path,
    query,
    configuration: { runtime, generators: generators.map(one => ({ ...one, ecies_private_key: enclaveKey })) },
  }
}
