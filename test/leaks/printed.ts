import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Canary, findLeaks, keyCanary } from './canary.js'

const HEX_KEY = /"(?:private_key|ecies_private_key)":\s*"(?:0x)?([0-9a-f]{64})"/gi

/** Throws an Error where an API key, or a key in the files of a data folder, shows in what its service has printed. */
export function expectNothingPrinted (printed: string, { folder, apiKeys }: { folder: string, apiKeys: string[] }): void {
  const stored = ['runtime_config.json', 'generator_config.json'].flatMap(file => keysIn(read(join(folder, file)).toString()))
  const enclaveKey = read(join(folder, 'secp.sec')).toString('hex')
  const keys = new Set([...apiKeys, enclaveKey, ...stored].filter(isTelling))
  const canaries: Canary[] = [...keys].map(key => keyCanary(key, Buffer.from(key, 'hex')))
  const leaks = findLeaks(printed, canaries)
  if (leaks.length > 0) throw new Error(`The service printed a key: ${leaks.map(({ canary, form }) => `${canary} as ${form}`).join()}`)
}

/** Anything may have a small number or a row of zeros in it; the properties make such keys, for they are valid ones. */
function isTelling (key: string): boolean {
  return key.length === 64 && [key.slice(0, 32), key.slice(32)].every(half => BigInt(`0x${half}`) > 2n ** 64n)
}

function keysIn (config: string): string[] {
  return [...config.matchAll(HEX_KEY)].map(([, key = '']) => key.toLowerCase())
}

/** Empty where there is no such file any more. */
function read (path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}
