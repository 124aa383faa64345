import { InvalidArgumentError, Option } from 'commander'
import type { LogStream } from '../../schemas/logs.js'

/** Values of the options, by the names that commander gives them. */
export interface Options {
  url?: string
  apiKey?: string
  enclaveKey?: string
  profile?: string
  /** Milliseconds. */
  timeout?: number
  json?: boolean
  save?: boolean
  decryptWith?: string
  trustOnFirstUse?: boolean
  plain?: boolean
  lines?: number
  stream?: LogStream
  follow?: boolean
  market?: string[]
  data?: string
  program?: string
  listen?: string
  /** Seconds; true: the usual interval. */
  watch?: number | true
  /** Hex in lower case, as are the other measurements. */
  pcr0?: string
  pcr1?: string
  pcr2?: string
  pcr16?: string
  imageId?: string
  classic?: boolean
  root?: string
  publicKey?: string
  nonce?: Buffer
  at?: Date
  /** Seconds. */
  maxAge?: number
  /** Seconds. */
  maxAhead?: number
  preset?: string
  compose?: string
  initParam?: string[]
}

/** Options that every command takes. */
export const GLOBAL_OPTIONS = [
  new Option('--url <url>', 'Address of the service (GENERATOR_CLIENT_URL). Default: http://127.0.0.1:5000'),
  new Option(
    '--profile <file>',
    'File with url, keys and the expected attestation, which only its owner may read (GENERATOR_CLIENT_PROFILE). Default: ~/.config/generator-client/profile.json'
  ),
  new Option(
    '--api-key <key>', 'API key. Others can read arguments, so prefer the profile or GENERATOR_CLIENT_API_KEY'
  ),
  new Option('--enclave-key <hex>', 'Public key of the enclave, from its attestation (GENERATOR_CLIENT_ENCLAVE_KEY)'),
  new Option('--timeout <ms>', 'Longest time for a call, in milliseconds. Default: 15000').argParser(parseCount),
  new Option('--json', 'Print one JSON document on standard output, for errors too'),
]

export const PROGRAM = new Option('--program <name>', 'Another managed program instead of the generator')
export const MARKETS = marketOption()
export const NEEDED_MARKETS = marketOption().makeOptionMandatory()
export const DATA = new Option('--data <text>', 'Text about the generator')
export const SAVE = new Option('--save', 'Put the key into the profile')
export const PLAIN = new Option('--plain', 'Send the old key over plain HTTP. The host of the enclave can read it')
/** Secrets are encrypted unless one of these says otherwise. */
export const ENCRYPTION = [
  new Option('--plain', 'Do not encrypt. Without an attestation policy the host of the enclave can read the secrets'),
  new Option(
    '--trust-on-first-use',
    'Encrypt to the key of the machine that answers, and save it to the profile. This cannot show that the machine is the enclave'
  ),
]

function marketOption (): Option {
  return new Option('--market <id>', 'Id of a market; repeat the option for more of them').argParser(
    (id: string, others: string[] = []) => [...others, id]
  )
}

/** Parses a whole number above 0. Throws an InvalidArgumentError. */
export function parseCount (text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.')
  return Number(text)
}
