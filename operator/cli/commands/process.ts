import type { LogStream } from '../../../schemas/logs.js'
import { parseCount } from '../arguments.js'
import type { Command, Context, Outcome } from '../command.js'
import { describeChecks, describeProcess } from '../show/describe.js'
import { EXIT_CODES, UsageError } from '../exit-codes.js'

const NONE = [0, 0] as const

const OF_A_PROGRAM = { usage: '[--program NAME]', arity: NONE, options: ['program'] } satisfies Partial<Command>

export const status: Command = {
  ...OF_A_PROGRAM,
  summary: 'tells whether the generator runs, or another managed program',
  run: async ({ client, options: { program } }) => {
    const answer = program === undefined ? await client.getGeneratorStatus() : await client.getProgramStatus({ program_name: program })
    return { answer, text: describeProcess(answer.data, answer.process) }
  },
}

export const preflight: Command = {
  usage: '',
  summary: 'runs the checks that come before a start, without the start',
  arity: NONE,
  run: async ({ client }) => {
    const answer = await client.preflight()
    const { startable, checks } = answer.data
    return { answer, text: describeChecks(checks), exitCode: startable ? EXIT_CODES.OK.code : EXIT_CODES.REFUSED.code }
  },
}

export const benchmark: Command = {
  usage: '[--market ID]',
  summary: 'has the running generator make its benchmark proof, of its only market or the named one',
  arity: NONE,
  options: ['market'],
  run: async ({ client, options: { market: [id, ...others] = [] } }) => {
    if (others.length > 0) throw new UsageError('benchmark takes one --market')
    const answer = await client.benchmark({ ...id !== undefined && { market_id: id } })
    return { answer, text: answer.message }
  },
}

export const start: Command = {
  ...OF_A_PROGRAM,
  summary: 'starts the generator, or another managed program, once the checks have passed',
  run: async ({ client, options: { program } }) =>
    operation(program === undefined ? await client.startGenerator() : await client.startProgram({ program_name: program })),
}

export const restart: Command = {
  ...OF_A_PROGRAM,
  summary: 'restarts the generator, or another managed program, for a changed configuration to take effect',
  run: async ({ client, options: { program } }) =>
    operation(program === undefined ? await client.restartGenerator() : await client.restartProgram({ program_name: program })),
}

export const stop: Command = {
  ...OF_A_PROGRAM,
  summary: 'stops the generator, or another managed program, and all its children',
  run: async ({ client, options: { program } }) =>
    operation(program === undefined ? await client.stopGenerator() : await client.stopProgram({ program_name: program })),
}

export const logs: Command = {
  usage: '[--lines N] [--stream stdout|stderr] [--follow]',
  summary: "shows the generator's last lines, and with --follow the new ones as they come",
  arity: NONE,
  options: ['lines', 'stream', 'follow'],
  run: async (context) => {
    const { client, options: { lines, follow = false } } = context
    const stream = streamOf(context)
    const selection = { stream, ...lines !== undefined && { lines: parseCount('lines', lines) } }
    if (follow) {
      for await (const line of client.followGeneratorLogs(selection)) context.printLine(line)
      return null
    }
    const answer = await client.getGeneratorLogs(selection)
    return { answer, text: answer.data.lines.join('\n') }
  },
}

function operation (answer: Awaited<ReturnType<Context['client']['startGenerator']>>): Outcome {
  return { answer, text: describeProcess(answer.message, answer.process) }
}

function streamOf ({ options: { stream = 'stdout' } }: Context): LogStream {
  if (stream === 'stdout' || stream === 'stderr') return stream
  throw new UsageError('--stream must be stdout or stderr')
}
