import type { Command } from './command.js'
import { initKey, rotateKey } from './commands/api-key.js'
import { resetKey } from './commands/reset-key.js'
import { configSet, configShow, generatorAdd, generatorRemove, generatorUpdate, setup } from './commands/configuration.js'
import { keys, signAddress, signAttestation } from './commands/keys.js'
import { benchmark, logs, preflight, restart, start, status, stop } from './commands/process.js'
import { serve } from './commands/serve.js'
import { supervisordCheck } from './commands/supervisord.js'

/** All commands by name, in the order of an operator's day. */
export const COMMANDS = new Map<string, Command>(Object.entries({
  serve,
  'init-key': initKey,
  'rotate-key': rotateKey,
  'reset-key': resetKey,
  setup,
  preflight,
  start,
  status,
  logs,
  benchmark,
  'config show': configShow,
  'config set': configSet,
  'generator add': generatorAdd,
  'generator update': generatorUpdate,
  'generator remove': generatorRemove,
  restart,
  keys,
  'sign-address': signAddress,
  'sign-attestation': signAttestation,
  stop,
  'supervisord check': supervisordCheck,
}))

/** The command that the first argument or two name, and the rest of them. */
export function findCommand (words: string[]): { name: string, command: Command, positionals: string[] } | null {
  for (const length of [1, 2]) {
    const name = words.slice(0, length).join(' ')
    const command = COMMANDS.get(name)
    if (command !== undefined) return { name, command, positionals: words.slice(length) }
  }
  return null
}
