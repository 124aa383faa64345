import { join } from 'node:path'
import { API_KEY_FILE } from '../../access/api-key-file.js'
import { fileOfTemporary, type FileSystem } from '../../files/durable-files.js'
import { DEVELOPMENT_SECRET_FILE } from '../../enclave/secret.js'
import { RETIRED_PRESETS_FILE } from '../../access/retired-presets.js'
import { UNFINISHED_LINKS } from './links.js'
import { isVersionName } from './versions.js'

/**
 * Removes versions that are not in force and files that never got their name, because they may hold secrets. Touches
 * only names that the service makes, because the folder may be a project's own. Run records remove their own files.
 */
export function createLeftovers ({ folder, files }: { folder: string, files: FileSystem }) {
  /** Removes what a killed service left half written. Null: the version in force is unknown, so all versions stay. */
  async function removeAll (version: string | null): Promise<void> {
    await remove(name => isUnfinishedLink(name) || isTemporary(name) || (version !== null && isOldVersion(name, version)))
  }

  /** Leaves temporary files alone, because the running service may be writing a key's. */
  async function removeFromWrites (version: string): Promise<void> {
    await remove(name => isUnfinishedLink(name) || isOldVersion(name, version))
  }

  async function remove (isLeftover: (name: string) => boolean): Promise<void> {
    for (const name of (await files.readdir(folder)).filter(isLeftover)) await files.rm(join(folder, name), { recursive: true, force: true })
  }

  return { removeAll, removeFromWrites }
}

function isOldVersion (name: string, version: string): boolean {
  return isVersionName(name) && name !== version
}

function isUnfinishedLink (name: string): boolean {
  return UNFINISHED_LINKS.includes(name)
}

function isTemporary (name: string): boolean {
  const file = fileOfTemporary(name)
  return file !== undefined && [API_KEY_FILE, RETIRED_PRESETS_FILE, DEVELOPMENT_SECRET_FILE].includes(file)
}
