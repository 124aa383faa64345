import { constants } from 'node:fs'
import { join } from 'node:path'
import { type FileSystem, syncFolder } from '../../files/durable-files.js'
import { insteadOf, withFile } from '../../files/file-calls.js'
import { CONFIG_FILES, CURRENT } from './files.js'
import type { createLinks } from './links.js'
import { isVersionName, NO_VERSION } from './versions.js'

/** Keeps both files as `*.replaced-<time>`, durably, before something new takes their place. */
export async function keepBeside ({ folder, files, links, isDamaged }: {
  folder: string, files: FileSystem, links: ReturnType<typeof createLinks>, isDamaged: boolean
}): Promise<void> {
  const suffix = `replaced-${new Date().toISOString().replaceAll(':', '')}`

  /** Hard links need no space, and no right to read. */
  async function keepFiles (isCurrentLost: boolean): Promise<void> {
    const linked = await links.linkedFiles()
    for (const file of CONFIG_FILES) {
      if (isCurrentLost && linked.includes(file)) continue
      const path = linked.includes(file) ? join(folder, CURRENT, file) : join(folder, file)
      const beside = join(folder, `${file}.${suffix}`)
      await files.link(path, beside).catch(async error => {
        // An intact file must stay in its place.
        if (!isDamaged) throw error
        await files.rename(path, beside)
      }).catch(insteadOf(undefined, 'ENOENT'))
      // A folder, a link and an unreadable file keep their rights.
      await closeToOthers(beside, 0o600).catch(() => {})
    }
  }

  /** The original service let every user read its files, one with the gas key. Nobody looks at kept files again. */
  async function closeToOthers (path: string, mode: 0o600 | 0o700): Promise<void> {
    await withFile(files.open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK), async handle => {
      const stats = await handle.stat()
      if (mode === 0o700 ? stats.isDirectory() : stats.isFile()) await handle.chmod(mode)
    })
  }

  async function keepVersions (): Promise<void> {
    for (const name of (await files.readdir(folder)).filter(name => name === CURRENT || isVersionName(name))) {
      const beside = join(folder, `${name.slice(1)}.${suffix}`)
      await files.rename(join(folder, name), beside)
      await closeToOthers(beside, 0o700).catch(() => {})
    }
  }

  async function isWhole (version: string): Promise<boolean> {
    const names: string[] = await files.readdir(join(folder, version)).catch(() => [])
    return CONFIG_FILES.every(file => names.includes(file))
  }

  const version = await links.currentVersion()
  // Nobody can tell which version was in force unless `.current` links to a whole one. So all are kept.
  const isCurrentLost = isDamaged && (version === null || (version !== NO_VERSION && !(await isWhole(version))))
  await keepFiles(isCurrentLost)
  if (isCurrentLost) await keepVersions()
  await syncFolder(folder, files)
}
