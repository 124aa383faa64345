import { createGeneratorClient, type GeneratorClient } from '../client/client.js'
import { GeneratorClientError } from '../client/errors.js'
import { cleanLine } from '../../src/supervisor/clean-lines.js'
import { assertAccepted, type Options, parseArguments, parseCount } from './arguments.js'
import type { Outcome, Streams } from './command.js'
import { findCommand } from './commands.js'
import { describeError, describeNotes } from './show/describe.js'
import { EXIT_CODES, type ExitCode, exitCodeOf, exitCodeOfStatus, UsageError } from './exit-codes.js'
import { help } from './show/help.js'
import { finishRotation } from './settings/key-rotation.js'
import { loadSettings, type Settings } from './settings/settings.js'

/** Runs one command line and returns its exit code; all that it prints goes to the streams. */
export async function run ({ argv, environment, streams }: {
  argv: string[], environment: NodeJS.ProcessEnv, streams: Streams
}): Promise<ExitCode> {
  const { stdin, stdout, stderr } = streams
  // Also where the arguments cannot be parsed, a script gets its JSON.
  const json = argv.includes('--json')
  try {
    const { options, positionals: words } = parseArguments(argv)
    if (options.help === true) return printHelp()
    const found = findCommand(words)
    if (found === null) throw new UsageError(`There is no command ${JSON.stringify(words.join(' '))}: generator-client --help lists them`)
    const { name, command, positionals } = found
    assertAccepted(name, command, { options, positionals })
    const settings = await loadSettings({ options, environment })
    const connect = (apiKey = settings.apiKey): GeneratorClient => createClient({ ...settings, apiKey }, options)
    const rotated = command.isLocal === true ? null : await finishRotation({ settings, connect })
    if (rotated !== null) stderr.write(clean(`generator-client: ${rotated.note}`))
    const apiKey = rotated?.apiKey ?? settings.apiKey
    const outcome = await command.run({ client: connect(apiKey), connect: (other = apiKey) => connect(other), settings, options, environment, positionals, stdin, printLine })
    return outcome === null ? EXIT_CODES.OK.code : printOutcome(outcome)
  } catch (error) {
    printError(error as Error)
    return exitCodeOf(error)
  }

  function printOutcome ({ answer, text, exitCode = exitCodeOfStatus(answer.statusCode) }: Outcome): ExitCode {
    if (json) stdout.write(`${JSON.stringify(answer)}\n`)
    else stdout.write(clean([text, ...describeNotes(answer)].join('\n')))
    return exitCode
  }

  function printLine (line: string): void {
    stdout.write(json ? `${JSON.stringify({ line })}\n` : clean(line))
  }

  function printError (error: Error): void {
    const { statusCode = null, code = 'FAULT', message, data = null } = error as Partial<GeneratorClientError>
    if (json) stdout.write(`${JSON.stringify({ status: 'error', statusCode, code, message, data })}\n`)
    else stderr.write(clean(`generator-client: ${error instanceof GeneratorClientError ? describeError(error) : error.message}`))
  }

  function printHelp (): ExitCode {
    stdout.write(`${help()}\n`)
    return EXIT_CODES.OK.code
  }
}

/** What comes from the network must not control the terminal. */
function clean (text: string): string {
  return `${text.split('\n').map(cleanLine).join('\n')}\n`
}

function createClient ({ url, apiKey, enclavePublicKey }: Settings, { timeout }: Options): GeneratorClient {
  const timeoutMs = timeout === undefined ? undefined : parseCount('timeout', timeout)
  try {
    return createGeneratorClient({ url, apiKey, enclavePublicKey, timeoutMs })
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}
