import type { Command } from '../command.js'

export const serve: Command = {
  name: 'serve',
  group: 'service',
  summary: 'Run the service. The environment configures it (docs/configuration.md)',
  example: 'serve',
  isLocal: true,
  run: async () => {
    await import('../../../src/server.js')
    return null
  },
}
