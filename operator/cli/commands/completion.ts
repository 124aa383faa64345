import type { Command } from '../command.js'
import { bashCompletion } from '../completion/bash.js'
import { fishCompletion } from '../completion/fish.js'
import { listPlaces } from '../completion/words.js'
import { zshCompletion } from '../completion/zsh.js'

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }

/** Makes the command from all commands, itself among them. */
export function createCompletion (listCommands: () => Command[]): Command {
  return {
    name: 'completion',
    group: 'shell',
    summary: 'Print what makes the TAB key complete commands and options',
    arguments: { '<shell>': 'The shell that is to complete' },
    choices: Object.keys(SHELLS),
    example: 'completion bash',
    isLocal: true,
    run: async ({ positionals: [shell] }) => {
      const text = SHELLS[shell as keyof typeof SHELLS](listPlaces(listCommands()))
      return { answer: { status: 'success', statusCode: 200, message: 'Completion printed', data: text }, text }
    },
  }
}
