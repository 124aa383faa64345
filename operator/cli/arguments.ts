import { parseArgs } from 'node:util'
import { UsageError } from './exit-codes.js'

const OPTIONS = {
  url: { type: 'string' },
  'api-key': { type: 'string' },
  'enclave-key': { type: 'string' },
  profile: { type: 'string' },
  timeout: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  save: { type: 'boolean' },
  'decrypt-with': { type: 'string' },
  'trust-on-first-use': { type: 'boolean' },
  plain: { type: 'boolean' },
  lines: { type: 'string' },
  stream: { type: 'string' },
  follow: { type: 'boolean', short: 'f' },
  market: { type: 'string', multiple: true },
  data: { type: 'string' },
  program: { type: 'string' },
} as const

export type Options = ReturnType<typeof parse>['values']
export type OptionName = keyof typeof OPTIONS

/** Options that every command takes. */
const GLOBAL_OPTIONS: OptionName[] = ['url', 'api-key', 'enclave-key', 'profile', 'timeout', 'json', 'help']

/** What a command takes beside the global options; `arity`: the least and the largest number of positional arguments. */
export interface Signature {
  arity: readonly [number, number]
  options?: OptionName[]
}

/** Splits the arguments into options and positional ones. Throws a UsageError. */
export function parseArguments (argv: string[]): { options: Options, positionals: string[] } {
  try {
    const { values, positionals } = parse(argv)
    return { options: values, positionals }
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause })
  }
}

/** Throws a UsageError where a command does not take what it was given. */
export function assertAccepted (name: string, { arity: [least, most], options: own = [] }: Signature, given: { options: Options, positionals: string[] }): void {
  const foreign = Object.keys(given.options).find(option => ![...GLOBAL_OPTIONS, ...own].includes(option as OptionName))
  if (foreign !== undefined) throw new UsageError(`${name} does not take --${foreign}`)
  const { length } = given.positionals
  if (length < least) throw new UsageError(`${name} needs more arguments`)
  if (length > most) throw new UsageError(`${name} takes no argument ${JSON.stringify(given.positionals[most])}`)
}

/** A whole number above 0. Throws a UsageError. */
export function parseCount (option: OptionName, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`--${option} must be a whole number from 1`)
  return Number(text)
}

function parse (args: string[]) {
  return parseArgs({ args, options: OPTIONS, allowPositionals: true })
}
