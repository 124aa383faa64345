import { CommanderError } from 'commander'
import type { Channel } from '../channel/channel.js'
import { createGeneratorClient, type GeneratorClient } from '../client/client.js'
import type { Command } from './command.js'
import type { Streams } from './show/outcome.js'
import { EXIT_CODES, type ExitCode, exitCodeOf, exitCodeOfStatus, UsageError } from './exit-codes.js'
import type { Options } from './options.js'
import { createProgram } from './program.js'
import { openChannel } from './settings/enclave-channel.js'
import { finishRotation } from './settings/key-rotation.js'
import { loadSettings, type Settings } from './settings/settings.js'
import { createPrinter } from './show/printer.js'
import { createSpinner } from './show/spinner.js'

/** Runs one command line and returns its exit code; all that it prints goes to the streams. */
export async function run ({ argv, environment, streams: { stdin, stdout, stderr } }: {
  argv: string[], environment: NodeJS.ProcessEnv, streams: Streams
}): Promise<ExitCode> {
  // A script gets its JSON even for arguments that cannot be parsed.
  const json = argv.includes('--json')
  const spinner = createSpinner(stderr)
  const printer = createPrinter({ stdout, stderr, json, onPrint: spinner.stop })
  let exitCode: ExitCode = EXIT_CODES.OK.code
  try {
    await createProgram({ stdout, stderr: json ? null : stderr, execute }).parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (thrown) {
    const error = thrown instanceof CommanderError ? usageErrorOf(thrown) : thrown as Error
    if (error === null) return EXIT_CODES.OK.code
    printer.printError(error)
    return exitCodeOf(error)
  }

  async function execute (command: Command, positionals: string[], options: Options): Promise<void> {
    const settings = await loadSettings({ options, environment })
    const channel = command.isLocal === true
      ? null
      : await openChannel({ settings, timeoutMs: options.timeout, printNote: printer.printNote })
    try {
      await executeWith({ command, positionals, options, settings, channel })
    } finally {
      await channel?.close()
    }
  }

  async function executeWith ({ command, positionals, options, settings, channel }: {
    command: Command, positionals: string[], options: Options, settings: Settings, channel: Channel | null
  }): Promise<void> {
    const connect = (apiKey = settings.apiKey): GeneratorClient =>
      createClient({ ...settings, apiKey }, channel, options)
    const rotated = command.isLocal === true ? null : await finishRotation({ settings, connect })
    if (rotated !== null) printer.printNote(rotated.note)
    const activity = command.activity ?? (command.isLocal === true ? null : 'Waiting for the service')
    if (activity !== null) spinner.start(activity)
    const apiKey = rotated?.apiKey ?? settings.apiKey
    const outcome = await command.run({
      client: connect(apiKey),
      connect: (other = apiKey) => connect(other),
      channel,
      settings,
      options,
      environment,
      positionals,
      stdin,
      printer,
    })
    if (outcome === null) return spinner.stop()
    printer.printOutcome(outcome)
    exitCode = outcome.exitCode ?? exitCodeOfStatus(outcome.answer.statusCode)
  }
}

/** Returns null after help or version, which are no error. */
function usageErrorOf ({ exitCode, code, message }: CommanderError): UsageError | null {
  if (exitCode === 0) return null
  if (code === 'commander.help') return new UsageError('Name a command: generator-client --help lists them')
  const [problem = '', suggestion = ''] = message.replace('error: ', '').split('\n')
  // An option that is unknown may hold a secret.
  const sentence = problem.replace(/'(--?[^'=\s]+)=.*'/s, "'$1'").replace(/\.$/, '')
  return new UsageError(
    `${sentence[0]?.toUpperCase()}${sentence.slice(1)}${suggestion === '' ? '' : ` ${suggestion}`}. See generator-client --help`
  )
}

function createClient (
  { url, apiKey, enclavePublicKey }: Settings, channel: Channel | null, { timeout: timeoutMs }: Options
): GeneratorClient {
  try {
    return createGeneratorClient({ url, apiKey, enclavePublicKey, channel: channel ?? undefined, timeoutMs })
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}
