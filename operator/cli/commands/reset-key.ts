import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Environment } from '../../../schemas/environment.js'
import type { Command } from '../command.js'
import { UsageError } from '../exit-codes.js'

export const resetKey: Command = {
  name: 'reset-key',
  group: 'service',
  summary: 'Put a new API key in force and show it, while the service is stopped',
  arguments: { '[folder]': 'Data folder of the service; default: CONFIG_DIR' },
  example: 'reset-key /var/lib/generator-client',
  isLocal: true,
  run: async ({ positionals: [folder], environment }) => {
    const path = resolve(folder ?? environment['CONFIG_DIR'] ?? Environment.properties.CONFIG_DIR.default as string)
    await assertOwn(path)
    const { openDataFolder } = await import('../../../src/config/pair/folder.js')
    const { resetApiKey } = await import('../../../src/access/reset-api-key.js')
    const { release } = await openDataFolder({ path })
    const key = await resetApiKey({ folder: path }).finally(release)
    return { answer: { status: 'success', message: 'API key reset', data: key, statusCode: 200 }, text: key }
  },
}

/** A file of another user would close the door, as would one in a wrong folder leave it closed. Throws a UsageError. */
async function assertOwn (path: string): Promise<void> {
  const stats = await stat(path).catch(() => null)
  if (stats?.isDirectory() !== true) throw new UsageError(`${path} is no folder: name the CONFIG_DIR of the service`)
  if (stats.uid !== process.geteuid!()) {
    throw new UsageError(`${path} belongs to user ${stats.uid}: run reset-key as that user`)
  }
}
