import { type Command, GROUPS, usageOf } from '../../operator/cli/command.js'
import { COMMANDS } from '../../operator/cli/commands.js'
import { table } from './markdown.js'

/** Every command of the command line, in a table for each group of its help. */
export function describeCommands (): string {
  return Object.entries(GROUPS)
    .map(([group, title]) => `### ${title}\n\n${tableOf(COMMANDS.filter(command => command.group === group))}`)
    .join('\n\n')
}

function tableOf (commands: Command[]): string {
  return table(
    ['Command', 'Effect', 'Example'],
    commands.map(command => [`\`${usageOf(command)}\``, command.summary, `\`${command.example}\``])
  )
}
