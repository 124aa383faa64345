import type { Command } from '../command.js'
import { EXIT_CODES } from '../exit-codes.js'
import { describeChecks } from '../show/checks.js'

export const doctor: Command = {
  name: 'doctor',
  group: 'service',
  summary:
    'Check this machine for the service, and say what to do: Node, folder, keys, supervisor, port, RPC endpoint, clock',
  activity: 'Examining',
  example: 'doctor',
  isLocal: true,
  run: async ({ environment }) => {
    // The command line of an operator's machine does without the rooms of the service.
    const { examine } = await import('./doctor/examine.js')
    const checks = await examine(environment)
    const count = (wanted: string): number => checks.filter(({ result }) => result === wanted).length
    const failures = count('fail')
    const message = `Checks that failed: ${failures}. Warnings: ${count('warning')}`
    return {
      answer: { status: 'success', statusCode: 200, message, data: { healthy: failures === 0, checks } },
      text: [describeChecks(checks), `\n${message}`],
      exitCode: failures === 0 ? EXIT_CODES.OK.code : EXIT_CODES.FAULT.code,
    }
  },
}
