import { constants } from 'node:fs'
import { join } from 'node:path'
import type { FileSystem } from '../../files/durable-files.js'
import { insteadOf, withFile } from '../../files/file-calls.js'
import { READ_AT_ONCE } from '../../files/regular-file.js'
import { CONFIG_FILES } from './files.js'

const UNCHANGED_OWNER = -1

interface Sharing { folder: string, groupId: number, files: FileSystem }

/** Lets the group enter and list a folder (0750), durably. */
export async function shareFolder ({ folder, ...sharing }: Sharing): Promise<void> {
  await share({ ...sharing, path: folder, isFolder: true })
}

/** Lets the group read the config files of a folder (0640), durably. */
export async function shareConfigFiles ({ folder, ...sharing }: Sharing): Promise<void> {
  for (const file of CONFIG_FILES) await share({ ...sharing, path: join(folder, file), isFolder: false })
}

/** A missing file, or a link (ELOOP), gives nobody access. */
async function share ({ path, isFolder, groupId, files }: { path: string, isFolder: boolean, groupId: number, files: FileSystem }): Promise<void> {
  const handle = await files.open(path, READ_AT_ONCE | constants.O_NOFOLLOW).catch(insteadOf(null, 'ENOENT', 'ELOOP'))
  if (handle === null) return
  await withFile(Promise.resolve(handle), async () => {
    const stats = await handle.stat()
    if (!(isFolder ? stats.isDirectory() : stats.isFile())) return
    await handle.chown(UNCHANGED_OWNER, groupId)
    await handle.chmod(isFolder ? 0o750 : 0o640)
    await handle.sync()
  })
}

/** Tells whether others have more rights than intended. The group's members may read, and enter folders. */
export function isOpenToOthers ({ mode, gid }: { mode: number, gid: number }, groupId: number | null): boolean {
  return (mode & (gid === groupId ? 0o027 : 0o077)) !== 0
}
