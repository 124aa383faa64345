import { join } from 'node:path'
import { API_KEY_FILE, printCheckedLine, readCheckedLine } from './api-key-file.js'
import { type FileSystem, NotTakenBack, replaceFile } from '../files/durable-files.js'

export const RETIRED_PRESETS_FILE = 'api_key.retired'

/**
 * Keeps the digests of retired presets in their own file, so that none returns when the key's file is lost.
 * The file exists from the first key on, so that its absence is a sign, too. It grows by 65 bytes for each replaced
 * preset, which takes a restart with another API_KEY_SHA256.
 */
export async function openRetiredPresets ({ folder, files }: { folder: string, files: FileSystem }) {
  const path = join(folder, RETIRED_PRESETS_FILE)
  const found = await readCheckedLine(path)
  let isStored = 'words' in found
  const digests = new Set('words' in found ? found.words : [])

  /** Returns when all are on disk. Rejects with file system errors. Then more digests may be listed. */
  async function add (added: string[]): Promise<void> {
    const isKnown = added.every(digest => digests.has(digest))
    if (isStored && isKnown) return
    isStored = false
    for (const digest of added) digests.add(digest)
    await replaceFile(path, printCheckedLine([...digests]), files).catch(error => {
      // The caller would take NotTakenBack for a statement about the key.
      throw error instanceof NotTakenBack ? error.cause : error
    })
    isStored = true
  }

  return {
    add,
    has: (digest: string): boolean => digests.has(digest),
    /** Why the file cannot tell which presets are retired, or null. */
    problem: 'words' in found ? null : `${RETIRED_PRESETS_FILE}, which lists the presets that were in ${API_KEY_FILE} before, ${'missing' in found ? 'is missing' : found.damage}`,
    isMissing: 'missing' in found,
  }
}

export type RetiredPresets = Awaited<ReturnType<typeof openRetiredPresets>>
