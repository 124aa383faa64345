import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Environment } from '../../../schemas/environment.js'
import { openDataFolder } from '../../../src/config/pair/folder.js'
import { resetApiKey } from '../../../src/access/reset-api-key.js'
import type { Command } from '../command.js'
import { UsageError } from '../exit-codes.js'

export const resetKey: Command = {
  usage: '[FOLDER]',
  summary: 'puts a new API key in force and shows it, beside the data folder (default: CONFIG_DIR), while the service is stopped',
  arity: [0, 1],
  isLocal: true,
  run: async ({ positionals: [folder], environment }) => {
    const path = resolve(folder ?? environment['CONFIG_DIR'] ?? Environment.properties.CONFIG_DIR.default as string)
    await assertOwn(path)
    const { release } = await openDataFolder({ path })
    const key = await resetApiKey({ folder: path }).finally(release)
    return { answer: { status: 'success', message: 'API key reset', data: key, statusCode: 200 }, text: key }
  },
}

/** A file of another user would close the door, as would one in a wrong folder leave it closed. Throws a UsageError. */
async function assertOwn (path: string): Promise<void> {
  const stats = await stat(path).catch(() => null)
  if (stats?.isDirectory() !== true) throw new UsageError(`${path} is no folder: name the CONFIG_DIR of the service`)
  if (stats.uid !== process.geteuid!()) throw new UsageError(`${path} belongs to user ${stats.uid}: run reset-key as that user`)
}
