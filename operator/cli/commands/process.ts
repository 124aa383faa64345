import { Option } from 'commander'
import type { Command, Context } from '../command.js'
import type { Outcome } from '../show/outcome.js'
import { describeChecks } from '../show/checks.js'
import { describeProcess } from '../show/process.js'
import { MARKETS, parseCount, PROGRAM } from '../options.js'
import { EXIT_CODES, UsageError } from '../exit-codes.js'

const OF_A_PROGRAM = { group: 'generator', options: [PROGRAM] } satisfies Partial<Command>

export const preflight: Command = {
  name: 'preflight',
  activity: 'Asking the chain',
  group: 'generator',
  summary: 'Check whether the generator can start, and start nothing',
  example: 'preflight',
  run: async ({ client }) => {
    const answer = await client.preflight()
    const { startable, checks } = answer.data
    return { answer, text: describeChecks(checks), exitCode: startable ? EXIT_CODES.OK.code : EXIT_CODES.REFUSED.code }
  },
}

export const benchmark: Command = {
  name: 'benchmark',
  activity: 'Waiting for the proof',
  group: 'generator',
  summary: 'Let the running generator make its benchmark proof',
  options: [MARKETS],
  example: 'benchmark --market 7',
  run: async ({ client, options: { market: [id, ...others] = [] } }) => {
    if (others.length > 0) throw new UsageError('benchmark takes one --market')
    const answer = await client.benchmark({ ...id !== undefined && { market_id: id } })
    return { answer, text: answer.message }
  },
}

export const start: Command = {
  ...OF_A_PROGRAM,
  name: 'start',
  activity: 'Starting',
  summary: 'Start the generator, once the checks have passed',
  example: 'start',
  run: async ({ client, options: { program } }) =>
    operation(
      program === undefined ? await client.startGenerator() : await client.startProgram({ program_name: program })
    ),
}

export const restart: Command = {
  ...OF_A_PROGRAM,
  name: 'restart',
  activity: 'Restarting',
  summary: 'Restart the generator, so that a changed configuration takes effect',
  example: 'restart --program listener',
  run: async ({ client, options: { program } }) =>
    operation(
      program === undefined ? await client.restartGenerator() : await client.restartProgram({ program_name: program })
    ),
}

export const stop: Command = {
  ...OF_A_PROGRAM,
  name: 'stop',
  activity: 'Stopping',
  summary: 'Stop the generator and all its children',
  example: 'stop',
  run: async ({ client, options: { program } }) =>
    operation(
      program === undefined ? await client.stopGenerator() : await client.stopProgram({ program_name: program })
    ),
}

export const logs: Command = {
  name: 'logs',
  group: 'generator',
  summary: "Show the generator's last lines",
  options: [
    new Option('-f, --follow', 'Show new lines as they come'),
    new Option('-n, --lines <n>', 'How many of the last lines').argParser(parseCount),
    new Option('--stream <name>', 'Standard output, which is the default, or standard error').choices([
      'stdout', 'stderr'
    ]),
  ],
  example: 'logs -f --lines 20',
  run: async ({ client, options: { lines, follow = false, stream = 'stdout' }, printer }) => {
    const selection = { stream, ...lines !== undefined && { lines } }
    if (follow) {
      for await (const line of client.followGeneratorLogs(selection)) printer.printLine(line)
      return null
    }
    const answer = await client.getGeneratorLogs(selection)
    return { answer, text: answer.data.lines.join('\n') }
  },
}

function operation (answer: Awaited<ReturnType<Context['client']['startGenerator']>>): Outcome {
  return { answer, text: describeProcess(answer.message, answer.process) }
}
