import { setTimeout } from 'node:timers/promises'
import { Option } from 'commander'
import { GeneratorClientError } from '../../client/errors.js'
import type { Command, Context } from '../command.js'
import type { Outcome } from '../show/outcome.js'
import { parseCount, PROGRAM } from '../options.js'
import { isReadByHost } from '../settings/plain.js'
import { describeProcess } from '../show/process.js'

const WATCH_SECONDS = 2

export const status: Command = {
  name: 'status',
  group: 'generator',
  summary: 'Tell whether the generator runs',
  options: [
    PROGRAM,
    new Option('-w, --watch [seconds]', 'Look again every 2 seconds, or as often as you say').argParser(parseCount),
  ],
  example: 'status --watch',
  run: async (context) => {
    const { options: { watch }, settings, channel, printer } = context
    if (isReadByHost(settings, channel)) printer.printNote('Plain HTTP: the host can read and change this call')
    if (watch === undefined) return (await look(context)).outcome
    return await keepLooking(context, 1000 * (watch === true ? WATCH_SECONDS : watch))
  },
}

/** `state` has all that counts as a change. */
async function look ({ client, options: { program } }: Context): Promise<{ outcome: Outcome, state: string }> {
  const answer =
    program === undefined ? await client.getGeneratorStatus() : await client.getProgramStatus({ program_name: program })
  const outcome = { answer, text: describeProcess(answer.data, answer.process) }
  return { outcome, state: JSON.stringify({ ...answer.process, uptime_seconds: null }) }
}

/** Ends with an error that no waiting mends. A pipe gets each change only. */
async function keepLooking (context: Context, intervalMs: number): Promise<never> {
  const { printer } = context
  let shown: string | null = null
  while (true) {
    try {
      const { outcome, state } = await look(context)
      if (printer.isScreen || state !== shown) printer.printInstead(outcome)
      shown = state
    } catch (error) {
      if (shown === null || !mayPass(error)) throw error
      printer.printError(error)
      shown = ''
    }
    await setTimeout(intervalMs)
  }
}

/** Tells whether the service may answer again, for example after its restart. */
function mayPass (error: unknown): error is GeneratorClientError {
  const { code, statusCode } = Object(error)
  return ['UNREACHABLE', 'TIMEOUT'].includes(code) || statusCode >= 500
}
