import type { GeneratorClient } from '../client/client.js'
import type { Options, Signature } from './arguments.js'
import type { ExitCode } from './exit-codes.js'
import type { Settings } from './settings/settings.js'

/** Standard input, output and error. */
export interface Streams {
  stdin: NodeJS.ReadableStream
  stdout: NodeJS.WritableStream
  stderr: NodeJS.WritableStream
}

export interface Context {
  client: GeneratorClient
  /** Makes a client with another API key; default: the one in use. */
  connect: (apiKey?: string) => GeneratorClient
  settings: Settings
  options: Options
  environment: NodeJS.ProcessEnv
  positionals: string[]
  stdin: NodeJS.ReadableStream
  /** Prints a line at once, for what has no end; with --json as `{"line":…}`. */
  printLine: (line: string) => void
}

/** What a command has to show: the service's answer for --json, text for people. */
export interface Outcome {
  answer: { statusCode: number, restart_programs?: string[] | undefined, warnings?: string[] | undefined }
  text: string
  /** Where the status of the answer does not tell it. */
  exitCode?: ExitCode
}

export interface Command extends Signature {
  /** Positional arguments and options, as the help shows them. */
  usage: string
  summary: string
  /** Needs no service. */
  isLocal?: boolean
  /** Null: nothing is left to show. */
  run: (context: Context) => Promise<Outcome | null>
}
