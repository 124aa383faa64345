import { hash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { API_KEY_FILE, printKeyFile, readKeyFile } from './api-key-file.js'
import { fileSystem, type FileSystem, replaceFile } from '../files/durable-files.js'
import { openRetiredPresets } from './retired-presets.js'

/**
 * Puts a new API key in force in a data folder whose service is stopped, whatever has become of the key's file, and returns it.
 * Presets that are known stay rotated away, the one in force too. Fails with errors of the file system.
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
