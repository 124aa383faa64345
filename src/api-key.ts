import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { API_KEY_FILE, printKeyFile, readKeyFile, type StoredKey } from './api-key-file.js'
import { createFileOnce, fileSystem, NotTakenBack, replaceFile, type FileSystem } from './durable-files.js'
import { CodedError } from './errors.js'
import { createSerial } from './serial.js'
import { reasonOf, storageFailed } from './storage-errors.js'

export { API_KEY_FILE }

export interface ApiKeyOptions {
  folder: string
  /** SHA-256 of a key that the owner has made, 64 hex digits. */
  preset?: string | undefined
  /** How a new key is told: as it is, or encrypted to its owner. */
  disclose?: ((key: string) => Promise<string>) | undefined
  /** Gets the SHA-256 of each key before it comes into force. */
  onDigest?: (digest: string) => void
  files?: FileSystem
}

/**
 * The one API key: 256 random bits, issued once and replaced by rotations; only its SHA-256 is stored. A file that cannot be
 * used closes the door, it never re-opens issuance. A preset is taken over once, in the place of whatever key there was:
 * rotated away, it never comes back.
 */
export async function openApiKey ({ folder, preset, disclose = async key => key, onDigest = () => {}, files = fileSystem }: ApiKeyOptions) {
  const path = join(folder, API_KEY_FILE)
  const inTurn = createSerial()
  let state = await readKeyFile(path)
  let validity = new AbortController()
  if ('digest' in state) onDigest(state.digest)
  const presetUse = preset === undefined || 'damage' in state ? 'none' : await takeOver(preset.toLowerCase())

  async function takeOver (digest: string): Promise<'taken over' | 'in force' | 'replaced'> {
    const presets = 'presets' in state ? state.presets : []
    if ('digest' in state && presets.includes(digest)) return state.digest === digest ? 'in force' : 'replaced'
    const next = { digest, presets: [...presets, digest] }
    onDigest(digest)
    await replaceFile(path, printKeyFile(next), files).catch(error => { throw notStored(error) })
    state = next
    return 'taken over'
  }

  /** Issues the key, once, and returns it as it is told. Throws API_KEY_ALREADY_GENERATED, API_KEY_UNREADABLE, STORAGE_FAILED. */
  async function issue (): Promise<string> {
    assertIssuable()
    const { stored, disclosed } = await makeKey([])
    try {
      await createFileOnce(path, printKeyFile(stored), files)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyGenerated()
      throw notStored(error)
    }
    state = stored
    return disclosed
  }

  /** Throws API_KEY_ALREADY_GENERATED, API_KEY_UNREADABLE. */
  function assertIssuable (): void {
    if ('damage' in state) throw unreadable(state)
    if ('digest' in state) throw alreadyGenerated()
  }

  /**
   * Replaces the key, and returns the new one as it is told; from then on only the new one is valid, also after a crash.
   * One rotation at a time: of several with the same key the first one wins, for the others that key is wrong by then.
   * Throws what authenticate does, STORAGE_FAILED.
   */
  async function rotate (credentials: string[]): Promise<string> {
    return await inTurn(async () => {
      const old = keyFor(credentials)
      const { stored, disclosed } = await makeKey(old.presets)
      await replaceFile(path, printKeyFile(stored), files).catch(error => { throw notStored(error) })
      state = stored
      validity.abort()
      validity = new AbortController()
      return disclosed
    })
  }

  /** What it is told as is made before it is stored: a key that cannot be told must not come into force. */
  async function makeKey (presets: string[]): Promise<{ stored: StoredKey, disclosed: string }> {
    const key = randomBytes(32).toString('hex')
    const digest = hash('sha256', key)
    onDigest(digest)
    return { stored: { digest, presets }, disclosed: await disclose(key) }
  }

  /** The stored key, if one of the credentials is it. */
  function keyFor (credentials: string[]): StoredKey {
    if ('damage' in state) throw unreadable(state)
    if ('missing' in state) {
      throw new CodedError('API_KEY_NOT_GENERATED', 'No API key exists yet: call POST /api/generateApiKey first')
    }
    if (credentials.length === 0) {
      throw new CodedError('API_KEY_MISSING', 'Send the API key in the header api-key, as a Bearer token, or as the password of Basic authentication')
    }
    const digest = Buffer.from(state.digest, 'hex')
    // A preset may be the digest of nothing by mistake.
    if (!credentials.some(credential => credential !== '' && timingSafeEqual(hash('sha256', credential, 'buffer'), digest))) {
      throw new CodedError('API_KEY_INVALID', 'The API key is wrong: send the one that generateApiKey or rotateApiKey answered last')
    }
    return state
  }

  /**
   * Throws unless one of the credentials is the API key. Returns the key's fingerprint for the audit log.
   * Throws API_KEY_MISSING, API_KEY_INVALID, API_KEY_NOT_GENERATED, API_KEY_UNREADABLE.
   */
  function authenticate (credentials: string[]): string {
    return fingerprintOf(keyFor(credentials).digest)
  }

  return {
    issue,
    assertIssuable,
    rotate,
    authenticate,
    damage: 'damage' in state ? state : null,
    presetUse,
    /** Of the key in force; null: there is none. */
    fingerprint: () => 'digest' in state ? fingerprintOf(state.digest) : null,
    /** Aborted when the key that is in force now is rotated away. */
    validity: (): AbortSignal => validity.signal,
  }
}

export type ApiKey = Awaited<ReturnType<typeof openApiKey>>

/** The first 32 bits of the digest: tells keys apart in the log, and helps nobody to find one. */
function fingerprintOf (digest: string): string {
  return digest.slice(0, 8)
}

function alreadyGenerated (): CodedError {
  return new CodedError('API_KEY_ALREADY_GENERATED', 'The API key was generated before and is issued only once: use that one, or preset another by API_KEY_SHA256 if it is lost')
}

/** After NotTakenBack the key of before is the one in force only as long as this service runs. */
function notStored (error: unknown): CodedError {
  if (!(error instanceof NotTakenBack)) return storageFailed(error)
  return new CodedError('STORAGE_FAILED',
    `The disk failed (${reasonOf(error.cause)}) while a new key was written to ${API_KEY_FILE}, and again when that was taken back: after a restart a key that nobody knows may be in force. Mend the disk, then rotate the key, or restart with another API_KEY_SHA256`,
    { cause: error })
}

function unreadable ({ damage, remedy }: { damage: string, remedy: string }): CodedError {
  return new CodedError('API_KEY_UNREADABLE', `${API_KEY_FILE} ${damage}. ${remedy}`)
}
