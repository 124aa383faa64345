import { join } from 'node:path'
import { allDone, type FileSystem, makeAnew, type SyncGroup } from '../../files/durable-files.js'
import { CONFIG_FILES, type ConfigTexts, digest, GENERATOR_FILE, RUNTIME_FILE } from './files.js'
import { shareConfigFiles, shareFolder } from './group-access.js'

const VERSION_PREFIX = '.version-'
/** `.current` links to this name until the first pair is complete. It never exists. */
export const NO_VERSION = `${VERSION_PREFIX}none`

/** Names the folder of a version. The name differs from that of a `damaged` version with the same content. */
export function versionName (texts: ConfigTexts, damaged: string | null = null): string {
  const name = `${VERSION_PREFIX}${digest(texts[GENERATOR_FILE])}-${digest(texts[RUNTIME_FILE])}`
  return name === damaged ? `${name}-again` : name
}

const VERSION_NAME = /^\.version-[0-9a-f]{32}-[0-9a-f]{32}(?:-again)?$/

export function isVersionName (name: string): boolean {
  return VERSION_NAME.test(name)
}

/** Versions of the pair. Each is a folder that is written once. */
export function createVersions ({ folder, files, groupId }: { folder: string, files: FileSystem, groupId: number | null }) {
  /** Writes a version. It is durable when the group is. No link to it may reach the disk earlier. */
  async function write (version: string, texts: ConfigTexts, { previous, group }: { previous: string | null, group: SyncGroup }): Promise<void> {
    const path = join(folder, version)
    await makeAnew(path, async () => await files.mkdir(path, { mode: 0o700 }), files)
    await allDone([group.addFolder(path), ...CONFIG_FILES.map(async file => {
      // A link keeps the unchanged file's time of change.
      if (previous?.includes(digest(texts[file]))) await files.link(join(folder, previous, file), join(path, file))
      else await group.writeNew(join(path, file), texts[file])
    })])
    await share(version)
  }

  async function share (version: string): Promise<void> {
    if (groupId === null) return
    const sharing = { folder: join(folder, version), groupId, files }
    await shareConfigFiles(sharing)
    await shareFolder(sharing)
  }

  async function remove (version: string | null, keep: string | null): Promise<void> {
    if (version === null || version === keep) return
    const path = join(folder, version)
    try {
      await allDone(CONFIG_FILES.map(async file => await files.unlink(join(path, file))))
      await files.rmdir(path)
    } catch {
      // A part is missing, or something else is there: rm does with that, but takes more calls.
      await files.rm(path, { recursive: true, force: true })
    }
  }

  return { write, share, remove }
}
