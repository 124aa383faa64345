import { join } from 'node:path'
import { API_KEY_FILE } from '../../access/api-key-file.js'
import { fileOfTemporary, type FileSystem } from '../../files/durable-files.js'
import { DEVELOPMENT_SECRET_FILE } from '../../enclave/secret.js'
import { RETIRED_PRESETS_FILE } from '../../access/retired-presets.js'
import { UNFINISHED_LINKS } from './links.js'
import { isVersionName } from './versions.js'

const OWN_FILES = [API_KEY_FILE, RETIRED_PRESETS_FILE, DEVELOPMENT_SECRET_FILE]

/**
 * Removes versions other than the one in force (null: it is unknown, so all stay) and files that never got their name,
 * because they may hold secrets. Touches only names that the service makes, because the folder may be a project's own.
 * Run records remove their own files. Temporary files go at the start only, because the running service may be writing
 * a key's.
 */
export async function removeLeftovers ({ folder, files, version, isStart }: {
  folder: string, files: FileSystem, version: string | null, isStart: boolean
}): Promise<void> {
  const isLeftover = (name: string): boolean => UNFINISHED_LINKS.includes(name) ||
    (version !== null && name !== version && isVersionName(name)) ||
    (isStart && OWN_FILES.includes(fileOfTemporary(name) ?? ''))
  const leftovers = (await files.readdir(folder)).filter(isLeftover)
  for (const name of leftovers) await files.rm(join(folder, name), { recursive: true, force: true })
}
