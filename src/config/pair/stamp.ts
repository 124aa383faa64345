import { statSync } from 'node:fs'
import { join } from 'node:path'
import { CONFIG_FILES, type ConfigFile, GENERATOR_FILE, RUNTIME_FILE } from './files.js'
import { isOpenToOthers } from './group-access.js'

/** `id` differs whenever either config file does, and costs two stat calls; times are in ms since the epoch. */
export interface PairStamp {
  id: string
  changedAt: Record<ConfigFile, number | null>
}

export function stampOf (folder: string): PairStamp {
  const [generator, runtime] = [GENERATOR_FILE, RUNTIME_FILE].map(file => statFile(join(folder, file))) as [FileStamp, FileStamp]
  return {
    id: `${generator.id},${runtime.id}`,
    changedAt: { [GENERATOR_FILE]: generator.changedAt, [RUNTIME_FILE]: runtime.changedAt },
  }
}

/** Config files whose mode lets others than the owner and the group read or change them: the original service made them so. */
export function openToOthers (folder: string, groupId: number | null): ConfigFile[] {
  return CONFIG_FILES.filter(file => statFile(join(folder, file), groupId).isOpenToOthers)
}

interface FileStamp { id: string, changedAt: number | null, isOpenToOthers: boolean }

function statFile (path: string, groupId: number | null = null): FileStamp {
  try {
    const { ino, size, mode, gid, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
    return { id: `${ino}:${size}:${mtimeNs}:${ctimeNs}`, changedAt: Number(mtimeNs / 1_000_000n), isOpenToOthers: isOpenToOthers({ mode: Number(mode), gid: Number(gid) }, groupId) }
  } catch (error) {
    return { id: String((error as NodeJS.ErrnoException).code), changedAt: null, isOpenToOthers: false }
  }
}
