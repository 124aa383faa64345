import { join } from 'node:path'
import type { FileSystem } from '../../files/durable-files.js'
import { CONFIG_FILES, type ConfigFile, CURRENT, DamagedFile } from './files.js'
import { isVersionName, NO_VERSION } from './versions.js'

const UNDO = `${CURRENT}.undo`
/** Links that have not got their name yet. */
export const UNFINISHED_LINKS = [UNDO, ...[CURRENT, ...CONFIG_FILES].map(nextOf)]

/**
 * The symbolic links of the pair. The names that generators read lead into `.current`, and it to the version in force.
 */
export function createLinks ({ folder, files }: { folder: string, files: FileSystem }) {
  /** Returns the version that `.current` links to. Null: no link, or one that the service must leave alone. */
  async function currentVersion (): Promise<string | null> {
    const target = await targetOf(CURRENT).catch(error => {
      if (error.code === 'EINVAL') return null
      throw error
    })
    return isVersion(target) ? target : null
  }

  /**
   * Returns the current version. Throws DamagedFile if `.current` is foreign, or missing while config files link to it.
   */
  async function intactVersion (): Promise<string | null> {
    const version = await targetOf(CURRENT).catch(error => {
      throw error.code === 'EINVAL' ? new DamagedFile(CURRENT, 'is not the link that the service made') : error
    })
    if (version !== null && !isVersion(version)) throw new DamagedFile(CURRENT, 'does not link to a version that the service made')
    const [lost] = version === null ? await linkedFiles() : []
    if (lost !== undefined) throw new DamagedFile(CURRENT, `is missing, though ${lost} links to it`)
    return version
  }

  async function linkedFiles (): Promise<ConfigFile[]> {
    const linked: ConfigFile[] = []
    for (const file of CONFIG_FILES) {
      const target = await targetOf(file).catch(error => {
        if (error.code === 'EINVAL') return null
        throw error
      })
      if (target === join(CURRENT, file)) linked.push(file)
    }
    return linked
  }

  /** Tells whether the service has made links, or begun to. The original service's plain files are none. */
  async function areMade (): Promise<boolean> {
    return await currentVersion() !== null || (await linkedFiles()).length > 0
  }

  async function replace (name: string, target: string): Promise<void> {
    const next = nextOf(name)
    await prepare(next, target)
    await files.rename(join(folder, next), join(folder, name)).catch(async error => {
      await files.rm(join(folder, next), { force: true })
      throw error
    })
  }

  /** Prepares a link to the version. A rename alone can then put `.current` back, and a rename needs no space. */
  async function keepCurrent (version: string): Promise<void> {
    await prepare(UNDO, version)
  }

  async function putBackCurrent (): Promise<void> {
    await files.rename(join(folder, UNDO), join(folder, CURRENT))
  }

  async function forgetCurrent (): Promise<void> {
    await files.rm(join(folder, UNDO), { force: true })
  }

  async function prepare (name: string, target: string): Promise<void> {
    await files.rm(join(folder, name), { recursive: true, force: true })
    await files.symlink(target, join(folder, name))
  }

  /** Returns a link's target, or null if nothing has the name. Fails with EINVAL if it is no link. */
  async function targetOf (name: string): Promise<string | null> {
    return await files.readlink(join(folder, name)).catch(error => {
      if (error.code === 'ENOENT') return null
      throw error
    })
  }

  return { currentVersion, intactVersion, linkedFiles, areMade, replace, keepCurrent, putBackCurrent, forgetCurrent }
}

function isVersion (target: string | null): boolean {
  return target !== null && (target === NO_VERSION || isVersionName(target))
}

function nextOf (name: string): string {
  return `${name}.next`
}
