import { join } from 'node:path'
import { allDone, createSyncGroup, fileSystem, type FileSystem, NotTakenBack, syncFolder } from '../../files/durable-files.js'
import { NotRegularFile, readRegularFile } from '../../files/regular-file.js'
import { CONFIG_FILES, type ConfigFile, type ConfigTexts, CURRENT, DamagedFile, digest, GENERATOR_FILE, RUNTIME_FILE } from './files.js'
import { shareConfigFiles } from './group-access.js'
import { keepBeside } from './keep-beside.js'
import { removeLeftovers } from './leftovers.js'
import { createLinks } from './links.js'
import { openToOthers, stampOf } from './stamp.js'
import { createVersions, NO_VERSION, versionName } from './versions.js'

/** The process or the machine has too much open right now. This says nothing about a file. */
const PASSING_FAULTS = ['EMFILE', 'ENFILE', 'ENOMEM']

/**
 * The two config files on disk, changed as one. Each state of the pair has a folder, named by the digests of both
 * files. `.current` links to the folder in force, and the names that generators read link into `.current`:
 *
 *     generator_config.json -> .current/generator_config.json
 *     runtime_config.json   -> .current/runtime_config.json
 *     .current              -> .version-<digest>-<digest>
 *
 * One rename changes both files, so a kill leaves nothing to repair. A flipped bit does not match its digest. Members
 * of the group may read the two files.
 */
export function createConfigPair ({ folder, groupId = null, files = fileSystem }: {
  folder: string, groupId?: number | null, files?: FileSystem
}) {
  const links = createLinks({ folder, files })
  const versions = createVersions({ folder, files, groupId })
  /** Failed writes leave files behind, and so do writes whose cleaning failed. */
  let hasLeftovers = false
  /** The last write. Its links are in place while the stamp is the same. */
  let written: { stamp: string, version: string } | null = null

  /** Returns null for no files. Throws DamagedFile, and file system errors that are no fault of the files. */
  async function read (): Promise<ConfigTexts | null> {
    const version = await links.intactVersion()
    const linked = await links.linkedFiles()
    const generator = await readConfigFile(GENERATOR_FILE)
    const runtime = await readConfigFile(RUNTIME_FILE)
    if (generator === null && runtime === null) {
      if (linked.length === 0 || version === NO_VERSION) return null
      throw new DamagedFile(CURRENT, 'links to a folder that is missing, or empty')
    }
    const texts = { [GENERATOR_FILE]: generator, [RUNTIME_FILE]: runtime } as ConfigTexts
    for (const [file, other] of [[GENERATOR_FILE, RUNTIME_FILE], [RUNTIME_FILE, GENERATOR_FILE]] as const) {
      if (texts[file] === null) throw new DamagedFile(file, `is missing, though ${other} is there`)
      if (version !== null && linked.includes(file) && !version.includes(digest(texts[file]))) {
        throw new DamagedFile(file, 'is not what the service wrote: it is damaged, or was edited in place')
      }
    }
    return texts
  }

  async function readDamaged (): Promise<string[]> {
    const texts = await Promise.all(CONFIG_FILES.map(async file => await readConfigFile(file).catch(() => null)))
    return texts.filter(text => text !== null)
  }

  /** Puts both texts in force durably. The old pair stays in force after an error, unless NotTakenBack is thrown. */
  async function write (texts: ConfigTexts, { isDamaged = false } = {}): Promise<void> {
    const { previous, linked } = await before()
    const version = versionName(texts, isDamaged ? previous : null)
    const group = createSyncGroup(files)
    let isSwitched = false
    try {
      const names = group.addFolder(folder)
      await allDone([
        names,
        links.prepareCurrent({ next: version, previous }),
        ...version === previous ? [] : [versions.write(version, texts, { previous: isDamaged ? null : previous, group })],
      ])
      await group.sync()
      await installLinks(linked)
      await links.putInPlace(CURRENT)
      isSwitched = version !== previous
      await (await names).sync()
    } catch (error) {
      await group.close()
      hasLeftovers = true
      if (isSwitched) {
        const back = previous === null ? files.rm(join(folder, CURRENT), { force: true }) : links.putBackCurrent()
        await back.catch(() => { throw new NotTakenBack(error) })
      }
      await clearUp(version, previous).catch(() => {})
      throw error
    }
    await allDone([group.close(), removeOld(version, previous)])
    written = { stamp: stampOf(folder).id, version }
  }

  /** Leftovers hold secrets, but are not in force. The next write or start tries again to remove them. */
  async function removeOld (version: string, previous: string | null): Promise<void> {
    try {
      if (hasLeftovers) await removeLeftovers({ folder, files, version, isStart: false })
      await allDone([links.forgetPrepared(), versions.remove(previous, version)])
      hasLeftovers = false
    } catch {
      hasLeftovers = true
    }
  }

  /**
   * Returns the config files that are links, and the version in force, or null if nobody can tell. Puts NO_VERSION in force before
   * the first version. A kill or a fault then leaves no configuration, rather than a lost one.
   */
  async function before (): Promise<{ previous: string | null, linked: ConfigFile[] }> {
    if (isAsWritten(written)) return { previous: written.version, linked: [...CONFIG_FILES] }
    const [previous, linked] = await Promise.all([links.currentVersion(), links.linkedFiles()])
    if (previous !== null || linked.length > 0) return { previous, linked }
    await links.replace(CURRENT, NO_VERSION)
    // This must be on disk before the names link to it. A loss of power would otherwise leave links to nothing.
    await syncFolder(folder, files).catch(async error => {
      await files.rm(join(folder, CURRENT), { force: true })
      throw error
    })
    return { previous: NO_VERSION, linked }
  }

  function isAsWritten (last: typeof written): last is NonNullable<typeof written> {
    return last?.stamp === stampOf(folder).id
  }

  /** Cleans up after a failed write. The new version stays until it is certainly not in force. */
  async function clearUp (version: string, previous: string | null): Promise<void> {
    await links.forgetPrepared()
    await syncFolder(folder, files)
    await versions.remove(version, previous)
    if (previous !== NO_VERSION) return
    for (const name of [...await links.linkedFiles(), CURRENT]) await files.rm(join(folder, name), { force: true })
  }

  /** Turns plain files of the original service into a linked pair of the same content. */
  async function adopt (getTexts: () => ConfigTexts): Promise<void> {
    if (isAsWritten(written) || (await links.linkedFiles()).length === CONFIG_FILES.length) return
    const texts = getTexts()
    const version = versionName(texts)
    const previous = await links.currentVersion()
    const group = createSyncGroup(files)
    hasLeftovers = true
    try {
      await group.addFolder(folder)
      if (version !== previous) await versions.write(version, texts, { previous, group })
      await group.sync()
      await links.replace(CURRENT, version)
      await syncFolder(folder, files)
      for (const file of CONFIG_FILES) await links.replace(file, join(CURRENT, file))
      await syncFolder(folder, files)
      await versions.remove(previous, version)
    } catch (error) {
      await versions.remove(version, await links.currentVersion())
      throw error
    } finally {
      await group.close()
    }
  }

  /** Runs at the start. Removes versions only if the one in force is whole, because another may be all that is left. */
  async function clean (): Promise<void> {
    const version = await links.currentVersion()
    const isWhole = version === NO_VERSION || await read().then(texts => texts !== null, () => false)
    await removeLeftovers({ folder, files, version: isWhole ? version : null, isStart: true })
  }

  /** Runs at the start, because the pair may be older than the group. */
  async function share (): Promise<void> {
    if (groupId === null) return
    try {
      const version = await links.currentVersion()
      if (version !== null) await versions.share(version)
      await shareConfigFiles({ folder, groupId, files })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      throw new Error(`the config files cannot be given to the group of CONFIG_GROUP (${code}): make this service's user their owner, or run it as root`, { cause: error })
    }
  }

  async function readConfigFile (file: ConfigFile): Promise<string | null> {
    try {
      return (await readRegularFile(join(folder, file), files)).toString()
    } catch (error) {
      if (error instanceof NotRegularFile) throw new DamagedFile(file, error.message)
      const code = String((error as NodeJS.ErrnoException).code)
      if (code === 'ENOENT') return null
      if (PASSING_FAULTS.includes(code)) throw error
      throw new DamagedFile(file, code === 'EISDIR' ? 'is a folder' : `cannot be read (${code})`)
    }
  }

  /** Foreign files have been adopted or kept beside before. All of them go before the first link comes. */
  async function installLinks (linked: ConfigFile[]): Promise<void> {
    const foreign = CONFIG_FILES.filter(file => !linked.includes(file))
    for (const file of foreign) await files.rm(join(folder, file), { recursive: true, force: true })
    for (const file of foreign) await links.replace(file, join(CURRENT, file))
    // Sync before a version comes into force. A generator could otherwise find one file of two.
    if (foreign.length > 0) await syncFolder(folder, files)
  }

  return {
    stamp: () => stampOf(folder),
    openToOthers: () => openToOthers(folder, groupId),
    isLinked: links.areMade,
    read,
    readDamaged,
    write,
    /** Replaces a damaged pair. Keeps the damaged files beside it first. */
    mend: async (texts: ConfigTexts) => {
      await keepBeside({ folder, files, links, isDamaged: true })
      await write(texts, { isDamaged: true })
    },
    /** Keeps an intact pair beside, before another format or key takes its place. */
    keep: async () => await keepBeside({ folder, files, links, isDamaged: false }),
    adopt,
    share,
    removeLeftovers: clean,
  }
}

export type ConfigPair = ReturnType<typeof createConfigPair>
