import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createFileOnce, fileSystem, type FileSystem } from './durable-files.js'
import { storageFailed } from './config/store.js'
import { CodedError } from './errors.js'

export const API_KEY_FILE = 'api_key.sha256'

type State = { digest: Buffer } | { missing: true } | { damage: string }

/**
 * The one API key: 256 random bits, issued once; only its SHA-256 is stored, beside a check value,
 * so that a damaged file is told from another key. A file that cannot be used closes the door, it never re-opens issuance.
 */
export async function openApiKey ({ folder, files = fileSystem }: { folder: string, files?: FileSystem }) {
  const path = join(folder, API_KEY_FILE)
  let state = await readState(path)

  /** Issues the key and returns it as 64 hex characters. Throws API_KEY_ALREADY_GENERATED, API_KEY_UNREADABLE, STORAGE_FAILED. */
  async function issue (): Promise<string> {
    if ('damage' in state) throw unreadable(state.damage)
    if ('digest' in state) throw alreadyGenerated()
    const key = randomBytes(32).toString('hex')
    const digest = sha256(key)
    try {
      await createFileOnce(path, `${digest.toString('hex')} ${checkValue(digest)}\n`, files)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyGenerated()
      throw storageFailed(error)
    }
    state = { digest }
    return key
  }

  /**
   * Throws unless one of the credentials is the API key. Returns the key's fingerprint for the audit log.
   * Throws API_KEY_MISSING, API_KEY_INVALID, API_KEY_NOT_GENERATED, API_KEY_UNREADABLE.
   */
  function authenticate (credentials: string[]): string {
    if ('damage' in state) throw unreadable(state.damage)
    if ('missing' in state) {
      throw new CodedError('API_KEY_NOT_GENERATED', 'No API key exists yet: call POST /api/generateApiKey first')
    }
    if (credentials.length === 0) {
      throw new CodedError('API_KEY_MISSING', 'Send the API key in the header api-key, as a Bearer token, or as the password of Basic authentication')
    }
    const { digest } = state
    if (!credentials.some(credential => timingSafeEqual(sha256(credential), digest))) {
      throw new CodedError('API_KEY_INVALID', 'The API key is wrong: send the one that generateApiKey answered')
    }
    return digest.toString('hex', 0, 4)
  }

  return { issue, authenticate, damage: 'damage' in state ? state.damage : null }
}

export type ApiKey = Awaited<ReturnType<typeof openApiKey>>

async function readState (path: string): Promise<State> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? { missing: true } : { damage: `cannot be read (${code})` }
  }
  const digest = Buffer.from(text.slice(0, 64), 'hex')
  if (text !== `${digest.toString('hex')} ${checkValue(digest)}\n` || digest.length !== 32) return { damage: 'is damaged' }
  return { digest }
}

function sha256 (data: string | Buffer): Buffer {
  return hash('sha256', data, 'buffer')
}

function checkValue (digest: Buffer): string {
  return sha256(digest).toString('hex', 0, 8)
}

function alreadyGenerated (): CodedError {
  return new CodedError('API_KEY_ALREADY_GENERATED', 'The API key was generated before and is issued only once: use that one')
}

function unreadable (damage: string): CodedError {
  return new CodedError('API_KEY_UNREADABLE',
    `${API_KEY_FILE} ${damage}. Restore it from a backup, or set up a new data folder`)
}
