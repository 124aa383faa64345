import { access, constants, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ACCOUNTS, findGroup } from '../../machine/accounts.js'
import { fileSystem } from '../../files/durable-files.js'
import { claimInNetwork, claimOnDisk } from '../claims.js'
import { isOpenToOthers, shareFolder } from './group-access.js'

/**
 * Makes the folder for config files and keys (0700, or 0750 with a group) and claims it for this process until
 * `release`. Two services on one folder would lose each other's changes and stop each other's programs. The kernel
 * ends the claims with the process, even after kill -9, because they are sockets. There is no guard on systems other
 * than Linux. `group` is a name or a number. `descriptors` is the folder with this process's open files. Throws an
 * Error that names the variable and the remedy.
 */
export async function openDataFolder ({ path, group, platform = process.platform, descriptors = '/proc/self/fd' }: {
  path: string, group?: string | undefined, platform?: NodeJS.Platform, descriptors?: string
}) {
  const groupId = group === undefined ? null : await findGroup(group, ACCOUNTS)
  if (group !== undefined && groupId === null) throw new Error(`CONFIG_GROUP ${group} does not exist here: add the group, or name another one`)
  await makeFolder(path, groupId).catch(error => {
    throw new Error(`CONFIG_DIR ${path} cannot be made (${error.code}): name a folder that this user may write to`, { cause: error })
  })
  await access(path, constants.W_OK | constants.X_OK).catch(error => {
    throw new Error(`CONFIG_DIR ${path} cannot be written to (${error.code}): give this user the right to write, or name another folder`, { cause: error })
  })
  if (groupId !== null) {
    await shareFolder({ folder: path, groupId, files: fileSystem }).catch(error => {
      throw new Error(`CONFIG_GROUP ${group} cannot be given CONFIG_DIR ${path} (${error.code}): make this service's user a member of the group, or run it as root`, { cause: error })
    })
  }
  const facts = { path, groupId, isOpenToOthers: isOpenToOthers(await stat(path), groupId) }
  if (platform !== 'linux') return { ...facts, release: async () => {} }
  const release = await claim(path, descriptors).catch(error => {
    throw new Error(`CONFIG_DIR ${path} is in use by another running service (${error.code}): stop that one, or name another folder`, { cause: error })
  })
  return { ...facts, release }
}

/** The group must be able to pass through the folder above too. */
async function makeFolder (path: string, groupId: number | null): Promise<void> {
  if (groupId !== null) await mkdir(dirname(path), { recursive: true, mode: 0o711 })
  await mkdir(path, { recursive: true, mode: 0o700 })
}

async function claim (folder: string, descriptors: string): Promise<() => Promise<void>> {
  const releaseInNetwork = await claimInNetwork(folder)
  const releaseOnDisk = await claimOnDisk(folder, descriptors).catch(async error => {
    await releaseInNetwork()
    throw error
  })
  return async () => { await Promise.all([releaseOnDisk(), releaseInNetwork()]) }
}
