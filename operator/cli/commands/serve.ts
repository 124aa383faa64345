import type { Command } from '../command.js'

export const serve: Command = {
  usage: '',
  summary: 'runs the service; the environment configures it, see docs/configuration.md',
  arity: [0, 0],
  isLocal: true,
  run: async () => {
    await import('../../../src/server.js')
    return null
  },
}
