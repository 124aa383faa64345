import { hash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { API_KEY_FILE, printKeyFile, readKeyFile } from './api-key-file.js'
import { fileSystem, type FileSystem, replaceFile } from '../files/durable-files.js'
import { openRetiredPresets } from './retired-presets.js'

/**
 * Puts a new API key in force and returns it, whatever happened to the key's file. The service of that data folder
 * must be stopped. Known presets stay retired, and so does the one in force. Rejects with file system errors.
 */
export async function resetApiKey ({ folder, files = fileSystem }: { folder: string, files?: FileSystem }): Promise<string> {
  const path = join(folder, API_KEY_FILE)
  const found = await readKeyFile(path)
  const presets = 'presets' in found ? found.presets : []
  const retired = await openRetiredPresets({ folder, files })
  await retired.add(presets)
  const key = randomBytes(32).toString('hex')
  await replaceFile(path, printKeyFile({ digest: hash('sha256', key), presets, previous: null }), files)
  return key
}
