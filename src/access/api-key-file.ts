import { hash } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { NotRegularFile } from '../files/regular-file.js'
import { readSecretFile, UnsafeSecretFile } from '../files/secret-file.js'

export const API_KEY_FILE = 'api_key.sha256'

/** All digests are SHA-256 in hex. */
export interface StoredKey {
  digest: string
  /** The digests of all presets that have ever been taken over. */
  presets: string[]
  /**
   * The key that was replaced last. Until `graceEnds` (ms since the epoch) it may rotate again. With 0 its owner
   * chose the new key, and it may only repeat that same rotation.
   */
  previous: { digest: string, graceEnds: number } | null
}

export interface Damage { damage: string, remedy: string }
export type KeyState = StoredKey | { missing: true } | Damage

const ALLOW = 'Give this service\'s user the right to read it (chmod 600), and restart the service'
const RESTORE = 'Restore it from a backup, or stop the service and run generator-client reset-key'

/** Reads the stored key. A file that cannot be trusted is damage, never a missing key. */
export async function readKeyFile (path: string): Promise<KeyState> {
  const found = await readCheckedLine(path)
  if (!('words' in found)) return found
  const [digest = '', ...others] = found.words
  const [, replaced = '', graceEnds = ''] = /^previous=([0-9a-f]{64})@(\d{1,15})$/.exec(others.at(-1) ?? '') ?? []
  const previous = replaced === '' ? null : { digest: replaced, graceEnds: Number(graceEnds) }
  const stored = { digest, presets: previous === null ? others : others.slice(0, -1), previous }
  return [digest, ...stored.presets].every(isDigest) ? stored : { damage: 'is damaged', remedy: RESTORE }
}

export function printKeyFile ({ digest, presets, previous }: StoredKey): string {
  return printCheckedLine([digest, ...presets, ...previous === null ? [] : [`previous=${previous.digest}@${previous.graceEnds}`]])
}

/** Reads the words of a file that printCheckedLine wrote. */
export async function readCheckedLine (path: string): Promise<{ words: string[] } | { missing: true } | Damage> {
  let text: string
  try {
    text = (await readSecretFile(path)).content.toString()
  } catch (error) {
    if (error instanceof UnsafeSecretFile) return { damage: error.problem, remedy: `${error.remedy}, and restart the service` }
    if (error instanceof NotRegularFile) return { damage: error.message, remedy: RESTORE }
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') {
      const isLink = await lstat(path).then(() => true, () => false)
      return isLink ? { damage: 'links to a file that is missing', remedy: RESTORE } : { missing: true }
    }
    return { damage: `cannot be read (${code})`, remedy: code === 'EACCES' ? ALLOW : RESTORE }
  }
  const words = text.split(' ').slice(0, -1)
  return printCheckedLine(words) === text ? { words } : { damage: 'is damaged', remedy: RESTORE }
}

/** Writes one line: the words, and a check value that reveals damage. It covers a digest as bytes, not as text. */
export function printCheckedLine (words: string[]): string {
  const bytes = Buffer.concat(words.map(word => Buffer.from(word, isDigest(word) ? 'hex' : 'latin1')))
  return `${[...words, hash('sha256', bytes).slice(0, 16)].join(' ')}\n`
}

function isDigest (word: string): boolean {
  return /^[0-9a-f]{64}$/.test(word)
}
