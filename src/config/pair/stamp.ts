import { statSync } from 'node:fs'
import { join } from 'node:path'
import { CONFIG_FILES, type ConfigFile, GENERATOR_FILE, RUNTIME_FILE } from './files.js'
import { isOpenToOthers } from './group-access.js'

export type PairStamp = ReturnType<typeof stampOf>

/** `id` changes whenever a config file does. Costs two stat calls. Times are in ms since the epoch. */
export function stampOf (folder: string) {
  const [generator, runtime] = [GENERATOR_FILE, RUNTIME_FILE].map(file => statFile(join(folder, file))) as [FileStamp, FileStamp]
  return {
    id: `${generator.id},${runtime.id}`,
    changedAt: { [GENERATOR_FILE]: generator.changedAt, [RUNTIME_FILE]: runtime.changedAt },
  }
}

/** Lists config files that other users can read or change. The original service made such files. */
export function openToOthers (folder: string, groupId: number | null): ConfigFile[] {
  return CONFIG_FILES.filter(file => statFile(join(folder, file), groupId).isOpenToOthers)
}

type FileStamp = ReturnType<typeof statFile>

function statFile (path: string, groupId: number | null = null) {
  try {
    const { ino, size, mode, gid, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
    return { id: `${ino}:${size}:${mtimeNs}:${ctimeNs}`, changedAt: Number(mtimeNs / 1_000_000n), isOpenToOthers: isOpenToOthers({ mode: Number(mode), gid: Number(gid) }, groupId) }
  } catch (error) {
    return { id: String((error as NodeJS.ErrnoException).code), changedAt: null, isOpenToOthers: false }
  }
}
