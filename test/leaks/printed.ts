import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findLeaks, keyCanary, textCanary } from './canary.js'

const HEX_KEY = /"(?:private_key|ecies_private_key)":\s*"(?:0x)?([0-9a-f]{64})"/gi
const RPC_URL = /"(?:http_url|ws_url)":\s*"([^"]*)"/g
/** A provider's key has more characters. The fixtures' paths, such as /key, may stand anywhere. */
const MINIMUM_PATH_LENGTH = 16
const ISSUING = /^\/api\/(?:generateApiKey|rotateApiKey)(?:\?|$)/

export interface Secrets {
  /** The data folder. Its files tell what was stored. */
  folder: string
  apiKeys: Iterable<string>
  /** Hex. The default is the key that the service has made in the folder. */
  enclaveKey?: string
}

/** Throws an Error if a service has printed or answered one of its secrets. */
export function expectNothingPrinted (printed: string, {
  folder, apiKeys, enclaveKey = readEnclaveKey(join(folder, 'secp.sec')) ?? ''
}: Secrets): void {
  const stored = [
    'runtime_config.json', 'generator_config.json'
  ].map(file => read(join(folder, file))?.toString() ?? '').join()
  const keys = new Set([...apiKeys, enclaveKey, ...keysIn(stored)].filter(isTelling))
  const canaries = [
    ...[...keys].map(key => keyCanary(key, Buffer.from(key, 'hex'))),
    ...pathsIn(stored).map(path => textCanary(path, path)),
  ]
  const leaks = findLeaks(printed, canaries)
  if (leaks.length > 0) {
    throw new Error(
      `The service printed a secret: ${leaks.map(({ canary, form }) => `${canary} as ${form}`).join()}`
    )
  }
}

/**
 * Keeps the answers of a service, each answer once, and the API keys that it issues. Only the answer that issues a key
 * may hold it.
 */
export function createAnswers () {
  const texts = new Set<string>()
  const apiKeys = new Set<string>()

  /** @param head Status line and headers. */
  function keep (path: string, head: unknown, body: string): void {
    const issued = ISSUING.test(path) ? /"data":"([0-9a-f]{64})"/.exec(body)?.[1] : undefined
    if (issued !== undefined) apiKeys.add(issued)
    texts.add(`${JSON.stringify(head)} ${body.replace(issued ?? '', '')}`)
  }

  /** Everything kept since the last call. */
  function take (): string {
    const taken = [...texts].join('\n')
    texts.clear()
    return taken
  }

  return { keep, take, apiKeys }
}

/** Hex, or null if there is no such file. */
export function readEnclaveKey (path: string): string | null {
  return read(path)?.toString('hex') ?? null
}

/** Any text may have a small number or a row of zeros in it. The properties make such keys, because they are valid. */
function isTelling (key: string): boolean {
  return /^[0-9a-f]{64}$/.test(key) && [key.slice(0, 32), key.slice(32)].every(half => BigInt(`0x${half}`) > 2n ** 64n)
}

function keysIn (config: string): string[] {
  return [...config.matchAll(HEX_KEY)].map(([, key = '']) => key.toLowerCase())
}

function pathsIn (config: string): string[] {
  const urls = [
    ...config.matchAll(RPC_URL)
  ].map(([, url = '']) => url).filter(url => URL.canParse(url)).map(url => new URL(url))
  return [
    ...new Set(urls.map(({ pathname, search }) => pathname + search))
  ].filter(path => path.length >= MINIMUM_PATH_LENGTH)
}

/** Null if there is no such file any more. */
function read (path: string): Buffer | null {
  try {
    return readFileSync(path)
  } catch {
    return null
  }
}
