import type { Configuration, StoredGenerator, StoredRuntimeConfig } from '../../schemas/configuration.js'
import type { GeneratorConfigView, RuntimeConfigView } from '../../schemas/configuration-views.js'
import { createEnclaveKey } from '../enclave/enclave-key.js'

const MASK = '***'

/** Returns the generators without their secrets. Derives public keys once for each different secret. */
export async function viewGenerators ({ generators }: Configuration): Promise<GeneratorConfigView['generator_config']> {
  const publicKeys = new Map<string, Awaited<ReturnType<typeof derivePublicKeys>>>()
  for (const { ecies_private_key: secret } of generators) {
    if (!publicKeys.has(secret)) publicKeys.set(secret, await derivePublicKeys(secret))
  }
  return generators.map(({ ecies_private_key: secret, ...generator }: StoredGenerator) => ({ ...generator, ...publicKeys.get(secret)! }))
}

/** Shows the key's address instead of the key. RPC URLs show only where they point. */
export async function viewRuntime ({ runtime }: Configuration): Promise<RuntimeConfigView['runtime_config']> {
  const { private_key: secret, ...rest }: StoredRuntimeConfig = runtime
  const { generator_public_key: runtimeAddress } = await derivePublicKeys(secret)
  return {
    ...masked(rest, { ws_url: maskPath, http_url: maskPath, ivs_url: maskCredentials }),
    runtime_address: runtimeAddress,
    markets: Object.fromEntries(Object.entries(runtime.markets).map(([id, market]) =>
      [id, masked(market, { ivs_url: maskCredentials, prover_gateway_url: maskCredentials })])),
  }
}

type Masks<Fields> = Partial<Record<keyof Fields, (text: string) => string>>

/** A file may have unknown fields of any name, such as `constructor`. */
function masked<Fields extends object> (fields: Fields, masks: Masks<Fields>): Fields {
  const shown = Object.entries(fields).map(([name, value]) => {
    const mask = Object.hasOwn(masks, name) ? masks[name as keyof Fields] : undefined
    return [name, mask?.(value) ?? value]
  })
  return Object.fromEntries(shown)
}

/** `secret` is hex with or without 0x. */
async function derivePublicKeys (secret: string) {
  const key = createEnclaveKey({ secret: Buffer.from(secret.replace(/^0x/, ''), 'hex') })
  return { generator_public_key: await key.getAddress(), generator_ecies_public_key: key.compressedPublicKey }
}

/** Text that is no URL may be a secret as a whole. */
function maskText (text: string): string {
  return text === '' ? '' : MASK
}

/** Shows scheme, host and port. Providers put access keys into user, path and query. */
function maskPath (url: string): string {
  if (!URL.canParse(url)) return maskText(url)
  const { protocol, host, pathname, search, hash } = new URL(url)
  const hidden = `${pathname}${search}${hash}`
  return `${protocol}//${host}/${hidden === '/' ? '' : MASK}`
}

/** Shows the path too, because it says which verifier it is. User and query may hold a key. */
function maskCredentials (url: string): string {
  if (!URL.canParse(url)) return maskText(url)
  const { protocol, host, pathname, search } = new URL(url)
  return `${protocol}//${host}${pathname}${search === '' ? '' : `?${MASK}`}`
}
