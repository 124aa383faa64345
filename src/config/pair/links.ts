import { join } from 'node:path'
import { allDone, type FileSystem, makeAnew } from '../../files/durable-files.js'
import { insteadOf } from '../../files/file-calls.js'
import { CONFIG_FILES, type ConfigFile, CURRENT, DamagedFile } from './files.js'
import { isVersionName, NO_VERSION } from './versions.js'

const UNDO = `${CURRENT}.undo`
/** Links that have not got their name yet. */
export const UNFINISHED_LINKS = [UNDO, ...[CURRENT, ...CONFIG_FILES].map(nextOf)]

/** The names that generators read lead into `.current`, and it to the version in force. */
export function createLinks ({ folder, files }: { folder: string, files: FileSystem }) {
  /** Returns the version that `.current` links to. Null: no link, or one that the service must leave alone. */
  async function currentVersion (): Promise<string | null> {
    const target = await targetOf(CURRENT).catch(insteadOf(null, 'EINVAL'))
    return isVersion(target) ? target : null
  }

  /** Throws DamagedFile if `.current` is foreign, or missing while config files link to it. */
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
    const targets = await Promise.all(CONFIG_FILES.map(async file =>
      await targetOf(file).catch(insteadOf(null, 'EINVAL'))))
    return CONFIG_FILES.filter((file, index) => targets[index] === join(CURRENT, file))
  }

  async function replace (name: string, target: string): Promise<void> {
    await prepare(nextOf(name), target)
    await putInPlace(name)
  }

  async function putInPlace (name: string): Promise<void> {
    const next = nextOf(name)
    await files.rename(join(folder, next), join(folder, name)).catch(async error => {
      await files.rm(join(folder, next), { force: true })
      throw error
    })
  }

  async function prepare (name: string, target: string): Promise<void> {
    const path = join(folder, name)
    await makeAnew(path, async () => await files.symlink(target, path), files)
  }

  /** Returns a link's target, or null if nothing has the name. Fails with EINVAL if it is no link. */
  async function targetOf (name: string): Promise<string | null> {
    return await files.readlink(join(folder, name)).catch(insteadOf(null, 'ENOENT'))
  }

  return {
    currentVersion,
    intactVersion,
    linkedFiles,
    /** Tells whether the service has made links, or begun to. The original service's plain files are none. */
    areMade: async () => await currentVersion() !== null || (await linkedFiles()).length > 0,
    replace,
    /** Also prepares a link to the previous version. A rename that puts it back needs no space. */
    prepareCurrent: async ({ next, previous }: { next: string, previous: string | null }) =>
      await allDone([prepare(nextOf(CURRENT), next), ...previous === null ? [] : [prepare(UNDO, previous)]]),
    putInPlace,
    putBackCurrent: async () => await files.rename(join(folder, UNDO), join(folder, CURRENT)),
    forgetPrepared: async () => await allDone([UNDO, nextOf(CURRENT)].map(async name =>
      await files.unlink(join(folder, name)).catch(insteadOf(undefined, 'ENOENT')))),
  }
}

function isVersion (target: string | null): boolean {
  return target !== null && (target === NO_VERSION || isVersionName(target))
}

function nextOf (name: string): string {
  return `${name}.next`
}
