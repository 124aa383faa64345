import { join } from 'node:path'
import { API_KEY_FILE } from '../api-key-file.js'
import { fileOfTemporary, type FileSystem } from '../durable-files.js'
import { DEVELOPMENT_SECRET_FILE } from '../enclave/secret.js'
import { type createLinks, UNFINISHED_LINKS } from './links.js'
import { isVersionName, NO_VERSION } from './versions.js'

/**
 * Versions that are not in force, and what never got its name. All of it may hold secrets. The folder may be a project's own:
 * only names that the service itself makes are removed. Run records see to theirs.
 */
export function createLeftovers ({ folder, files, links }: { folder: string, files: FileSystem, links: ReturnType<typeof createLinks> }) {
  /** For the start: what a killed service left half written. Where nobody can tell which version was in force, all stay. */
  async function removeAll (): Promise<void> {
    const version = await links.currentVersion()
    const isKnown = version === NO_VERSION || (version !== null && (await files.readdir(folder)).includes(version))
    await remove(name => isUnfinishedLink(name) || isTemporary(name) || (isKnown && isOldVersion(name, version)))
  }

  /** While the service runs, which may just be writing the temporary file of a key. */
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
  return file === API_KEY_FILE || file === DEVELOPMENT_SECRET_FILE
}
