import { constants } from 'node:fs'
import { join } from 'node:path'
import type { FileSystem } from '../../files/durable-files.js'
import { READ_AT_ONCE } from '../../files/regular-file.js'
import { CONFIG_FILES } from './files.js'

const UNCHANGED_OWNER = -1
/** A missing file, or a link, gives nobody access. */
const NOTHING_TO_SHARE = ['ENOENT', 'ELOOP']

export interface Sharing { folder: string, groupId: number, files: FileSystem }

/** Lets the group enter and list a folder (0750), durably. */
export async function shareFolder ({ folder, ...sharing }: Sharing): Promise<void> {
  await share({ ...sharing, path: folder, isFolder: true })
}

/** Lets the group read the config files of a folder (0640), durably. */
export async function shareConfigFiles ({ folder, ...sharing }: Sharing): Promise<void> {
  for (const file of CONFIG_FILES) await share({ ...sharing, path: join(folder, file), isFolder: false })
}

async function share ({ path, isFolder, groupId, files }: { path: string, isFolder: boolean, groupId: number, files: FileSystem }): Promise<void> {
  const handle = await files.open(path, READ_AT_ONCE | constants.O_NOFOLLOW).catch(error => {
    if (NOTHING_TO_SHARE.includes(error.code)) return null
    throw error
  })
  if (handle === null) return
  try {
    const stats = await handle.stat()
    if (!(isFolder ? stats.isDirectory() : stats.isFile())) return
    await handle.chown(UNCHANGED_OWNER, groupId)
    await handle.chmod(isFolder ? 0o750 : 0o640)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Tells whether others have more rights than intended. The group's members may read, and enter folders. */
export function isOpenToOthers ({ mode, gid }: { mode: number, gid: number }, groupId: number | null): boolean {
  return (mode & (gid === groupId ? 0o027 : 0o077)) !== 0
}
