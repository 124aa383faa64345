import { COMMANDS } from '../../operator/cli/commands.js'

/** Lists every command with the text of its help. */
export function listCommands (): { usage: string, summary: string }[] {
  return [...COMMANDS].map(([name, { usage, summary }]) => ({ usage: `${name} ${usage}`.trimEnd(), summary }))
}
