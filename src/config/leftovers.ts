import { join } from 'node:path'
import type { FileSystem } from '../durable-files.js'
import type { createLinks } from './links.js'
import { NO_VERSION, VERSION_PREFIX } from './versions.js'

/** Versions that are not in force, and what never got its name. All of it may hold secrets. */
export function createLeftovers ({ folder, files, links }: { folder: string, files: FileSystem, links: ReturnType<typeof createLinks> }) {
  /** For the start: what a killed service left half written. Where nobody can tell which version was in force, all stay. */
  async function removeAll (): Promise<void> {
    const version = await links.currentVersion()
    const isKnown = version === NO_VERSION || (version !== null && (await files.readdir(folder)).includes(version))
    await remove(isKnown ? version : null, /\.(next|undo|tmp)$/)
  }

  /** While the service runs, which may just be writing the `.tmp` of a key. */
  async function removeFromWrites (version: string): Promise<void> {
    await remove(version, /\.(next|undo)$/)
  }

  async function remove (version: string | null, others: RegExp): Promise<void> {
    for (const name of await files.readdir(folder)) {
      const isOld = version !== null && name.startsWith(VERSION_PREFIX) && name !== version
      if (isOld || others.test(name)) await files.rm(join(folder, name), { recursive: true, force: true })
    }
  }

  return { removeAll, removeFromWrites }
}
