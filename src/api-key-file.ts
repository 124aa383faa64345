import { hash } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { NotRegularFile } from './regular-file.js'
import { readSecretFile, UnsafeSecretFile } from './secret-file.js'

export const API_KEY_FILE = 'api_key.sha256'

/** Digests in hex: of the key in force, and of every preset that has ever been taken over. */
export interface StoredKey {
  digest: string
  presets: string[]
}

export type KeyState = StoredKey | { missing: true } | { damage: string, remedy: string }

const ALLOW = 'Give this service\'s user the right to read it (chmod 600), and restart the service'
const RESTORE = 'Restore it from a backup, or set up a new data folder'

/** What the file holds; one that cannot be trusted is damage, never a missing key. */
export async function readKeyFile (path: string): Promise<KeyState> {
  let text: string
  try {
    text = (await readSecretFile(path)).content.toString()
  } catch (error) {
    if (error instanceof UnsafeSecretFile) return { damage: error.problem, remedy: `${error.remedy}, and restart the service` }
    if (error instanceof NotRegularFile) return { damage: error.message, remedy: RESTORE }
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return await isThere(path) ? { damage: 'links to a file that is missing', remedy: RESTORE } : { missing: true }
    return { damage: `cannot be read (${code})`, remedy: code === 'EACCES' ? ALLOW : RESTORE }
  }
  const [digest = '', ...presets] = text.split(' ').slice(0, -1)
  const stored = { digest, presets }
  const isWhole = [digest, ...presets].every(one => /^[0-9a-f]{64}$/.test(one)) && printKeyFile(stored) === text
  return isWhole ? stored : { damage: 'is damaged', remedy: RESTORE }
}

async function isThere (path: string): Promise<boolean> {
  return await lstat(path).then(() => true, () => false)
}

/** One line: the digests and a check value over them, which tells a damaged file from another key. */
export function printKeyFile ({ digest, presets }: StoredKey): string {
  const digests = [digest, ...presets]
  return `${digests.join(' ')} ${hash('sha256', Buffer.from(digests.join(''), 'hex')).slice(0, 16)}\n`
}
