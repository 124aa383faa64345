import { createHash } from 'node:crypto'
import { access, constants, mkdir, realpath, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'

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
 * The claim is a socket in Linux' abstract namespace: the kernel drops it with the process, also after kill -9.
 * Other systems have no such thing; there the folder is not guarded.
 */
export async function openDataFolder ({ path, platform = process.platform }: { path: string, platform?: NodeJS.Platform }): Promise<DataFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch(error => {
    throw new Error(`CONFIG_DIR ${path} cannot be made (${error.code}): name a folder that this user may write to`, { cause: error })
  })
  await access(path, constants.W_OK | constants.X_OK).catch(error => {
    throw new Error(`CONFIG_DIR ${path} cannot be written to (${error.code}): give this user the right to, or name another folder`, { cause: error })
  })
  const isOpenToOthers = ((await stat(path)).mode & 0o077) !== 0
  if (platform !== 'linux') return { path, isOpenToOthers, release: async () => {} }
  const claim = await claimName(await realpath(path)).catch(error => {
    throw new Error(`CONFIG_DIR ${path} is in use by another running service (${error.code}): stop that one, or name another folder`, { cause: error })
  })
  return { path, isOpenToOthers, release: async () => await new Promise(resolve => { claim.close(() => resolve()) }) }
}

async function claimName (folder: string): Promise<Server> {
  const name = `generator-client-${createHash('sha256').update(folder).digest('hex')}`
  const server = createServer(connection => connection.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path: `\0${name}` }, resolve)
  })
  return server.unref()
}
