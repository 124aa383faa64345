import { COMMANDS } from '../../operator/cli/commands.js'

/** Every command of the command line as its help shows it. */
export function listCommands (): { usage: string, summary: string }[] {
  return [...COMMANDS].map(([name, { usage, summary }]) => ({ usage: `${name} ${usage}`.trimEnd(), summary }))
}
