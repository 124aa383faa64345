import { Argument, Command as CommandLine, type Help } from 'commander'
import { styleText } from 'node:util'
import { VERSION } from '../../src/version.js'
import { type Command, GROUPS } from './command.js'
import type { Output } from './show/outcome.js'
import { COMMANDS } from './commands.js'
import { EXIT_CODES } from './exit-codes.js'
import { GLOBAL_OPTIONS, type Options } from './options.js'
import { hasColors } from './show/text.js'

/** Commands of two words, by the first. */
const PARENTS: Record<string, string> = {
  enclave: 'Compute or verify what an enclave measures',
  config: 'Show or change the configuration',
  generator: 'Add, change or remove a generator',
  supervisord: 'Check the conf file of the embedded supervisor',
}

export interface ProgramOptions {
  stdout: Output
  /** Takes the help that follows wrong use; null: nobody. */
  stderr: Output | null
  execute: (command: Command, positionals: string[], options: Options) => Promise<void>
}

/** Makes the parser of the command line. It throws a CommanderError for wrong use, and after it has shown help or version. */
export function createProgram ({ stdout, stderr, execute }: ProgramOptions): CommandLine {
  const program: CommandLine = new CommandLine('generator-client')
    .description('Configure, check, run and watch a Kalypso generator in its enclave.')
    .version(VERSION, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Print the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: text => stdout.write(text),
      writeErr: text => stderr?.write(text),
      // The caller prints errors.
      outputError: () => {},
      getOutHasColors: () => hasColors(stdout),
      getErrHasColors: () => stderr !== null && hasColors(stderr),
      getOutHelpWidth: () => widthOf(stdout),
      getErrHelpWidth: () => widthOf(stderr),
    })
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: bold,
      styleCommandText: cyan,
      styleSubcommandTerm: cyan,
      subcommandTerm: termOf,
    })
    .addHelpText(
      'after',
      ({ error }) => `\n${bold('Exit codes:')}\n${exitCodes(program.createHelp(), widthOf(error ? stderr : stdout))}`
    )
  for (const option of GLOBAL_OPTIONS) program.addOption(option)
  for (const command of COMMANDS) addCommand({ program, command, execute })
  program
    .command('help [command...]')
    .description('Print the help of a command')
    .action((words: string[]) => words.reduce(commandOf, program).help())
  return program
}

/** Commander's own help takes one word, and shows the help of everything for a command that does not exist. */
function commandOf (parent: CommandLine, word: string): CommandLine {
  return (
    parent.commands.find(command => command.name() === word) ??
    parent.error(`error: unknown command '${word}'`, { code: 'commander.unknownCommand' })
  )
}

function addCommand ({
  program, command, execute
}: {
  program: CommandLine, command: Command, execute: ProgramOptions['execute']
}): void {
  const { name, group, summary, arguments: values = {}, choices, options = [], example } = command
  const [first = name, second] = name.split(' ')
  const parent = second === undefined ? program : parentOf(program, first)
  const own = parent
    .command(second ?? first)
    .description(summary)
    .addHelpText('after', `\n${bold('Example:')}\n  generator-client ${example}`)
  own.action(async () => await execute(command, own.args, own.optsWithGlobals<Options>()))
  for (const [value, meaning] of Object.entries(values)) {
    const argument = new Argument(value, meaning)
    own.addArgument(choices === undefined ? argument : argument.choices(choices))
  }
  for (const option of options) own.addOption(option)
  ;(second === undefined ? own : parent).helpGroup(`${GROUPS[group]}:`)
}

/** Takes the command of a first word, or makes it. */
function parentOf (program: CommandLine, name: string): CommandLine {
  return (
    program.commands.find(command => command.name() === name) ??
    program.command(name).description(PARENTS[name]!).helpCommand(false)
  )
}

/** Shows a command of two words with its second words: `config show|set`. */
function termOf (command: CommandLine): string {
  const words = command.commands.map(sub => sub.name()).join('|')
  const values = command.usage().replace('[options]', '').trim()
  return `${command.name()} ${words === '' ? values : words}`.trimEnd()
}

function exitCodes (help: Help, helpWidth: number): string {
  help.prepareContext({ helpWidth })
  return Object.values(EXIT_CODES)
    .map(({ code, meaning }) => help.formatItem(String(code), 1, meaning, help))
    .join('\n')
}

function widthOf (output: Output | null): number {
  return output?.columns ?? 100
}

function bold (text: string): string {
  return styleText('bold', text, { validateStream: false })
}

function cyan (text: string): string {
  return styleText('cyan', text, { validateStream: false })
}
