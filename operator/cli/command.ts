import type { Option } from 'commander'
import type { Channel } from '../channel/channel.js'
import type { GeneratorClient } from '../client/client.js'
import type { Options } from './options.js'
import type { Settings } from './settings/settings.js'
import type { Outcome } from './show/outcome.js'
import type { Printer } from './show/printer.js'

export interface Context {
  client: GeneratorClient
  /** Makes a client with another API key; default: the one in use. */
  connect: (apiKey?: string) => GeneratorClient
  /** The channel that the calls of the client take; null without an attestation policy. */
  channel: Channel | null
  settings: Settings
  options: Options
  environment: NodeJS.ProcessEnv
  positionals: string[]
  stdin: NodeJS.ReadableStream
  /** For output without end. */
  printer: Printer
}

/** The headings of the help, in their order. */
export const GROUPS = {
  enclave: 'Attestation and channel of the enclave',
  key: 'API key',
  configuration: 'Configuration',
  generator: 'Generator',
  signing: 'Keys of the enclave',
  service: 'On the machine of the service',
  shell: 'Shell',
} as const

export interface Command {
  /** One word, or two: `config set`. */
  name: string
  group: keyof typeof GROUPS
  summary: string
  /** Arguments as commander writes them (`<file>`, `[address]`), with their meanings. */
  arguments?: Record<string, string>
  /** The values that the only argument may have. */
  choices?: string[]
  options?: Option[]
  /** A command line, as the operator types it behind `generator-client`. */
  example: string
  /** A terminal shows this while the command takes long. Commands that need the service default to `Waiting for the service`. */
  activity?: string
  /** Needs no service. */
  isLocal?: boolean
  /** Returns null when nothing is left to show. */
  run: (context: Context) => Promise<Outcome | null>
}

/** Writes a command as its help does: `init-key [--save] [--decrypt-with <file>]`. */
export function usageOf ({ name, arguments: values = {}, options = [] }: Command): string {
  const flags = options.map(({ flags, mandatory }) => mandatory ? flags : `[${flags}]`)
  return [name, ...Object.keys(values), ...flags].join(' ')
}
