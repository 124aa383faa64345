import { access, constants, mkdir, stat } from 'node:fs/promises'
import { claimInNetwork, claimOnDisk } from './claims.js'

export interface DataFolder {
  path: string
  isOpenToOthers: boolean
  /** Lets another service use the folder. */
  release (): Promise<void>
}

/**
 * Makes the folder for config files and keys (0700) if need be, and takes it for this process alone:
 * two services on one folder would lose each other's changes and stop each other's programs.
 *
 * The claims are sockets: the kernel ends them with the process, also after kill -9. On other systems than Linux the folder is
 * not guarded. `descriptors` has the open files of this process.
 */
export async function openDataFolder ({ path, platform = process.platform, descriptors = '/proc/self/fd' }: {
  path: string, platform?: NodeJS.Platform, descriptors?: string
}): Promise<DataFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch(error => {
    throw new Error(`CONFIG_DIR ${path} cannot be made (${error.code}): name a folder that this user may write to`, { cause: error })
  })
  await access(path, constants.W_OK | constants.X_OK).catch(error => {
    throw new Error(`CONFIG_DIR ${path} cannot be written to (${error.code}): give this user the right to, or name another folder`, { cause: error })
  })
  const isOpenToOthers = ((await stat(path)).mode & 0o077) !== 0
  if (platform !== 'linux') return { path, isOpenToOthers, release: async () => {} }
  const release = await claim(path, descriptors).catch(error => {
    throw new Error(`CONFIG_DIR ${path} is in use by another running service (${error.code}): stop that one, or name another folder`, { cause: error })
  })
  return { path, isOpenToOthers, release }
}

async function claim (folder: string, descriptors: string): Promise<() => Promise<void>> {
  const releaseInNetwork = await claimInNetwork(folder)
  const releaseOnDisk = await claimOnDisk(folder, descriptors).catch(async error => {
    await releaseInNetwork()
    throw error
  })
  return async () => { await Promise.all([releaseOnDisk(), releaseInNetwork()]) }
}
