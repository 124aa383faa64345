import { readFile } from 'node:fs/promises'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { fileSystem, type FileSystem, syncFolder, writeNewFile } from '../durable-files.js'
import { CONFIG_FILES, type ConfigFile, type ConfigTexts, DamagedFile, digest, GENERATOR_FILE, RUNTIME_FILE } from './files.js'

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
  const current = join(folder, CURRENT)

  /** `id` differs whenever either file does, and costs two stat calls; times are in ms since the epoch. */
  function stamp (): PairStamp {
    const stats = CONFIG_FILES.map(file => statFile(join(folder, file)))
    return {
      id: stats.map(({ id }) => id).join(),
      changedAt: { [GENERATOR_FILE]: stats[0]?.changedAt ?? null, [RUNTIME_FILE]: stats[1]?.changedAt ?? null },
    }
  }

  /** Both texts, or null where neither file exists. Throws DamagedFile. */
  async function read (): Promise<ConfigTexts | null> {
    const version = await currentVersion()
    const generator = await readConfigFile(GENERATOR_FILE)
    const runtime = await readConfigFile(RUNTIME_FILE)
    if (generator === null && runtime === null) return null
    const texts = { [GENERATOR_FILE]: generator, [RUNTIME_FILE]: runtime } as ConfigTexts
    for (const [file, other] of [[GENERATOR_FILE, RUNTIME_FILE], [RUNTIME_FILE, GENERATOR_FILE]] as const) {
      if (texts[file] === null) throw new DamagedFile(file, `is missing, though ${other} is there`)
      if (version !== null && await isLinked(file) && !version.includes(digest(texts[file]))) {
        throw new DamagedFile(file, 'is not what the service wrote: it is damaged, or was edited in place')
      }
    }
    return texts
  }

  /** Makes both texts the pair in force, durably; after an error the old pair is in force. */
  async function write (texts: ConfigTexts): Promise<void> {
    const version = versionName(texts)
    const previous = await currentVersion()
    if (version !== previous) await writeVersion(version, texts, previous)
    try {
      await installLinks()
      await pointCurrentTo(version)
    } catch (error) {
      await restore(previous).catch(() => {})
      await removeVersion(version, previous)
      throw error
    }
    await removeVersion(previous, version)
  }

  /** Keeps damaged files beside as `*.replaced-<time>`; a hard link needs no space, and no right to read. */
  async function keepBeside (): Promise<void> {
    const suffix = `replaced-${new Date().toISOString().replaceAll(':', '')}`
    for (const file of CONFIG_FILES) {
      const path = await isLinked(file) ? join(current, file) : join(folder, file)
      const beside = join(folder, `${file}.${suffix}`)
      await files.link(path, beside).catch(async () => await files.rename(path, beside)).catch(ignoreMissing)
    }
  }

  /** Turns plain files, as the original service left them, into a linked pair of the same content. */
  async function adopt (getTexts: () => ConfigTexts): Promise<void> {
    if (await isLinked(GENERATOR_FILE) && await isLinked(RUNTIME_FILE)) return
    const texts = getTexts()
    const version = versionName(texts)
    const previous = await currentVersion()
    if (version !== previous) await writeVersion(version, texts, previous)
    await pointCurrentTo(version)
    for (const file of CONFIG_FILES) await replaceLink(join(CURRENT, file), join(folder, file))
    await syncFolder(folder, files)
    await removeVersion(previous, version)
  }

  /** Removes what a killed service left half written. Without `.current` nobody can tell which version was in force: all stay. */
  async function removeLeftovers (): Promise<void> {
    const version = await currentVersion()
    for (const name of await files.readdir(folder)) {
      const isLeftover = (name.startsWith(VERSION_PREFIX) && version !== null && name !== version) || name.endsWith('.next') || name.endsWith('.tmp')
      if (isLeftover) await files.rm(join(folder, name), { recursive: true, force: true })
    }
  }

  async function currentVersion (): Promise<string | null> {
    return await targetOf(current)
  }

  async function isLinked (file: ConfigFile): Promise<boolean> {
    return await targetOf(join(folder, file)) === join(CURRENT, file)
  }

  /** What a link points to; null: there is no link. */
  async function targetOf (path: string): Promise<string | null> {
    return await files.readlink(path).catch(error => {
      if (error.code === 'ENOENT' || error.code === 'EINVAL') return null
      throw error
    })
  }

  async function readConfigFile (file: ConfigFile): Promise<string | null> {
    try {
      return await readFile(join(folder, file), 'utf8')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return null
      throw new DamagedFile(file, code === 'EISDIR' ? 'is a folder' : `cannot be read (${code})`)
    }
  }

  async function writeVersion (version: string, texts: ConfigTexts, previous: string | null): Promise<void> {
    const path = join(folder, version)
    try {
      await files.rm(path, { recursive: true, force: true })
      await files.mkdir(path, { mode: 0o700 })
      for (const file of CONFIG_FILES) {
        // A link keeps the unchanged file's time of change.
        if (previous?.includes(digest(texts[file]))) {
          await files.link(join(folder, previous, file), join(path, file))
        } else {
          await writeNewFile(join(path, file), texts[file], files)
        }
      }
      await syncFolder(path, files)
    } catch (error) {
      await removeVersion(version, previous)
      throw error
    }
  }

  /** What is in the way has been adopted or kept beside before; all of it goes before the first link comes. */
  async function installLinks (): Promise<void> {
    const foreign = []
    for (const file of CONFIG_FILES) if (!await isLinked(file)) foreign.push(file)
    for (const file of foreign) await files.rm(join(folder, file), { recursive: true, force: true })
    for (const file of foreign) await replaceLink(join(CURRENT, file), join(folder, file))
  }

  async function pointCurrentTo (version: string): Promise<void> {
    await replaceLink(version, current)
    await syncFolder(folder, files)
  }

  async function replaceLink (target: string, path: string): Promise<void> {
    await files.rm(`${path}.next`, { force: true })
    await files.symlink(target, `${path}.next`)
    await files.rename(`${path}.next`, path)
  }

  async function restore (version: string | null): Promise<void> {
    if (version === null) await files.rm(current, { force: true })
    else await replaceLink(version, current)
    await syncFolder(folder, files)
  }

  /** Leftovers hold secrets, but are not in force: a failure here is mended at the next start. */
  async function removeVersion (version: string | null, keep: string | null): Promise<void> {
    if (version === null || version === keep) return
    await files.rm(join(folder, version), { recursive: true, force: true }).catch(() => {})
  }

  return { stamp, read, write, keepBeside, adopt, removeLeftovers }
}

export interface PairStamp {
  id: string
  changedAt: Record<ConfigFile, number | null>
}
export type ConfigPair = ReturnType<typeof createConfigPair>

const CURRENT = '.current'
const VERSION_PREFIX = '.version-'

function versionName (texts: ConfigTexts): string {
  return `${VERSION_PREFIX}${digest(texts[GENERATOR_FILE])}-${digest(texts[RUNTIME_FILE])}`
}

function statFile (path: string): { id: string, changedAt: number | null } {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
    return { id: `${ino}:${size}:${mtimeNs}:${ctimeNs}`, changedAt: Number(mtimeNs / 1_000_000n) }
  } catch (error) {
    return { id: String((error as NodeJS.ErrnoException).code), changedAt: null }
  }
}

function ignoreMissing (error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
