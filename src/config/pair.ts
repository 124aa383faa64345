import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileSystem, type FileSystem, syncFolder } from '../durable-files.js'
import { CONFIG_FILES, type ConfigFile, type ConfigTexts, CURRENT, DamagedFile, digest, GENERATOR_FILE, RUNTIME_FILE } from './files.js'
import { keepBeside } from './keep-beside.js'
import { createLinks } from './links.js'
import { createVersions, NO_VERSION, VERSION_PREFIX, versionName } from './versions.js'

/** The process, or the machine, has too much open at the moment: that says nothing of a file. */
const PASSING_FAULTS = ['EMFILE', 'ENFILE', 'ENOMEM']

/**
 * The two config files on disk, changed as one. Each state of the pair is a folder of its own, named by the digests of
 * both files; `.current` links to the folder in force, and the names that generators read link into `.current`:
 *
 *     generator_config.json -> .current/generator_config.json
 *     runtime_config.json   -> .current/runtime_config.json
 *     .current              -> .version-<digest>-<digest>
 *
 * So one rename changes both files, nothing is left to repair after a kill, and a flipped bit does not match its digest.
 */
export function createConfigPair ({ folder, files = fileSystem }: { folder: string, files?: FileSystem }) {
  const links = createLinks({ folder, files })
  const versions = createVersions({ folder, files })

  /** `id` differs whenever either file does, and costs two stat calls; times are in ms since the epoch. */
  function stamp (): PairStamp {
    const stats = CONFIG_FILES.map(file => statFile(join(folder, file)))
    return {
      id: stats.map(({ id }) => id).join(),
      changedAt: { [GENERATOR_FILE]: stats[0]?.changedAt ?? null, [RUNTIME_FILE]: stats[1]?.changedAt ?? null },
    }
  }

  /** Config files whose mode lets other users read or change them: the original service made them so. */
  function openToOthers (): ConfigFile[] {
    return CONFIG_FILES.filter(file => statFile(join(folder, file)).isOpenToOthers)
  }

  /** Both texts, or null where neither file exists. Throws DamagedFile, and file system errors that are no fault of the files. */
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

  /** Makes both texts the pair in force, durably; after an error the old pair is in force. */
  async function write (texts: ConfigTexts): Promise<void> {
    const version = versionName(texts)
    const previous = await links.currentVersion()
    const isFirst = previous === null && (await links.linkedFiles()).length === 0
    if (version !== previous) await versions.write(version, texts, previous)
    try {
      // A kill before the last step must leave what is no configuration, and not one whose `.current` is lost.
      if (isFirst) await links.replace(CURRENT, NO_VERSION)
      await installLinks()
      await pointCurrentTo(version)
    } catch (error) {
      await restore(previous, isFirst).catch(() => {})
      await versions.remove(version, previous)
      throw error
    }
    await versions.remove(previous, version)
  }

  /** Turns plain files, as the original service left them, into a linked pair of the same content. */
  async function adopt (getTexts: () => ConfigTexts): Promise<void> {
    if ((await links.linkedFiles()).length === CONFIG_FILES.length) return
    const texts = getTexts()
    const version = versionName(texts)
    const previous = await links.currentVersion()
    if (version !== previous) await versions.write(version, texts, previous)
    await pointCurrentTo(version)
    for (const file of CONFIG_FILES) await links.replace(file, join(CURRENT, file))
    await syncFolder(folder, files)
    await versions.remove(previous, version)
  }

  /** Removes what a killed service left half written. Where nobody can tell which version was in force, all stay. */
  async function removeLeftovers (): Promise<void> {
    const version = await links.currentVersion()
    const names = await files.readdir(folder)
    const isKnown = version !== null && (version === NO_VERSION || names.includes(version))
    for (const name of names) {
      const isLeftover = (name.startsWith(VERSION_PREFIX) && isKnown && name !== version) || name.endsWith('.next') || name.endsWith('.tmp')
      if (isLeftover) await files.rm(join(folder, name), { recursive: true, force: true })
    }
  }

  async function readConfigFile (file: ConfigFile): Promise<string | null> {
    try {
      return await files.readFile(join(folder, file), 'utf8')
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return null
      if (PASSING_FAULTS.includes(code)) throw error
      throw new DamagedFile(file, code === 'EISDIR' ? 'is a folder' : `cannot be read (${code})`)
    }
  }

  /** What is in the way has been adopted or kept beside before; all of it goes before the first link comes. */
  async function installLinks (): Promise<void> {
    const linked = await links.linkedFiles()
    const foreign = CONFIG_FILES.filter(file => !linked.includes(file))
    for (const file of foreign) await files.rm(join(folder, file), { recursive: true, force: true })
    for (const file of foreign) await links.replace(file, join(CURRENT, file))
  }

  async function pointCurrentTo (version: string): Promise<void> {
    await links.replace(CURRENT, version)
    await syncFolder(folder, files)
  }

  /** Before the first pair there were no links, so those that are there have come with it. */
  async function restore (version: string | null, isFirst: boolean): Promise<void> {
    const ours = isFirst ? await links.linkedFiles() : []
    for (const file of ours) await files.rm(join(folder, file), { force: true })
    if (version === null) await files.rm(join(folder, CURRENT), { force: true })
    else await links.replace(CURRENT, version)
    await syncFolder(folder, files)
  }

  return { stamp, openToOthers, read, write, keepBeside: async () => await keepBeside({ folder, files, links }), adopt, removeLeftovers }
}

export interface PairStamp {
  id: string
  changedAt: Record<ConfigFile, number | null>
}
export type ConfigPair = ReturnType<typeof createConfigPair>

function statFile (path: string): { id: string, changedAt: number | null, isOpenToOthers: boolean } {
  try {
    const { ino, size, mode, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
    return { id: `${ino}:${size}:${mtimeNs}:${ctimeNs}`, changedAt: Number(mtimeNs / 1_000_000n), isOpenToOthers: (mode & 0o077n) !== 0n }
  } catch (error) {
    return { id: String((error as NodeJS.ErrnoException).code), changedAt: null, isOpenToOthers: false }
  }
}
