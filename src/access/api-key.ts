import { hash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { API_KEY_FILE } from './api-key-file.js'
import { keyAtStart } from './api-key-start.js'
import { fileSystem, type FileSystem } from '../files/durable-files.js'
import { CodedError } from '../errors.js'
import { openRetiredPresets } from './retired-presets.js'
import { createSerial } from '../timing/serial.js'
import { findShownKey, fingerprintOf, invalidKey, type ShownKey, unreadable } from './shown-keys.js'
import { createStoredApiKey, notStored } from './stored-api-key.js'

export { API_KEY_FILE }

const GRACE_MS = 10 * 60 * 1000

interface ApiKeyOptions {
  folder: string
  /** True if the folder holds a configuration that the service wrote. There was a key then, too. */
  isConfigured?: boolean
  /** SHA-256 of a key that the owner made, 64 hex digits. */
  preset?: string | undefined
  /** Turns a new key into its answer: the key itself, or its ciphertext for the owner. */
  disclose?: ((key: string) => Promise<string>) | undefined
  /** Receives the SHA-256 of each key before the key comes into force. */
  onDigest?: (digest: string) => void
  /** Called after the file was gone and has been written again. */
  onWrittenAnew?: () => void
  /** Receives the error of a write that no caller waits for. The write is tried again. */
  onFault?: (error: unknown) => void
  /** How long a key that was replaced without a digest may rotate again, in ms. */
  graceMs?: number
  files?: FileSystem
}

/**
 * Keeps the one API key: 256 random bits, issued once, replaced by rotations. Only its SHA-256 is stored. A damaged
 * file locks everybody out and never permits a new issue. A file that is deleted while the service runs is written
 * again. A preset replaces any earlier key once. After it is rotated away, it never returns.
 */
export async function openApiKey ({
  folder, isConfigured = false, preset, disclose = async key => key, onDigest = () => {}, onWrittenAnew = () => {}, onFault = () => {},
  graceMs = GRACE_MS, files = fileSystem
}: ApiKeyOptions) {
  const path = join(folder, API_KEY_FILE)
  const inTurn = createSerial()
  const retired = await openRetiredPresets({ folder, files })
  const { state: initial, presetUse } = await keyAtStart({ path, retired, isConfigured, preset: preset?.toLowerCase() })
  const stored = createStoredApiKey({ path, initial, retired, inTurn, graceMs, onWrittenAnew, onFault, files })
  let validity = new AbortController()
  /** Simultaneous rotations without a digest, asked for with the same key, share one result. */
  let rotating: { digest: string, told: Promise<string> } | null = null

  if ('digest' in initial) {
    for (const digest of [initial.digest, initial.previous?.digest ?? []].flat()) onDigest(digest)
    await stored.retire(initial).catch(onFault)
  }
  if (presetUse === 'taken over') {
    const digest = preset!.toLowerCase()
    const presets = 'presets' in initial ? initial.presets : []
    onDigest(digest)
    await stored.put({ digest, presets: [...presets, digest], previous: null }).catch(error => { throw notStored(error) })
  }

  /** Issues the key once and returns its answer. Throws the errors of assertIssuable, and STORAGE_FAILED. */
  async function issue (): Promise<string> {
    return await inTurn(async () => {
      assertIssuable()
      const { digest, disclosed } = await makeKey()
      await stored.create({ digest, presets: [], previous: null }).catch(error => {
        throw error.code === 'EEXIST' ? alreadyGenerated() : notStored(error)
      })
      return disclosed
    })
  }

  /** Throws API_KEY_ALREADY_GENERATED, API_KEY_UNREADABLE. */
  function assertIssuable (): void {
    const state = stored.state()
    stored.keepSaved()
    if ('damage' in state) throw unreadable(state)
    if ('digest' in state) throw alreadyGenerated()
  }

  /**
   * Replaces the shown key by one that the caller made, given as SHA-256 in hex. Returns null, because there is
   * nothing to tell. The old key is invalid afterwards. It may only repeat this same call, which then changes
   * nothing. Throws STORAGE_FAILED, and what authenticateRotation throws.
   */
  async function rotateTo (credentials: string[], newDigest: string): Promise<null> {
    const digest = newDigest.toLowerCase()
    return await inTurn(async () => {
      const old = findRotatingKey(credentials, digest)
      if (old.stored.digest === digest && !stored.isInGrace()) return null
      onDigest(digest)
      await replaceKey(old, { digest, graceEnds: 0 })
      return null
    })
  }

  /**
   * Makes a new key and returns its answer. The old key can only rotate again, until the new one is used or graceMs
   * pass, also across restarts. Simultaneous calls with the same key get the same new key. Throws STORAGE_FAILED, and
   * what authenticateRotation throws.
   */
  async function rotate (credentials: string[]): Promise<string> {
    const { digest } = findRotatingKey(credentials)
    if (rotating?.digest === digest) return await rotating.told
    const told = inTurn(async () => {
      const old = findRotatingKey(credentials)
      const { digest, disclosed } = await makeKey()
      await replaceKey(old, { digest, graceEnds: Date.now() + graceMs })
      return disclosed
    })
    rotating = { digest, told }
    return await told.finally(() => { if (rotating?.told === told) rotating = null })
  }

  async function replaceKey (old: ShownKey, { digest, graceEnds }: { digest: string, graceEnds: number }): Promise<void> {
    await stored.put({ ...old.stored, digest, previous: { digest: old.digest, graceEnds } }).catch(error => { throw notStored(error) })
    if (digest === old.stored.digest) return
    validity.abort()
    validity = new AbortController()
  }

  /** Makes the answer before the key is stored, because a key that nobody can learn must not come into force. */
  async function makeKey (): Promise<{ digest: string, disclosed: string }> {
    const key = randomBytes(32).toString('hex')
    const digest = hash('sha256', key)
    onDigest(digest)
    return { digest, disclosed: await disclose(key) }
  }

  /** Finds the key that may rotate. The previous key may do so during the grace, or to repeat the digest in force. */
  function findRotatingKey (credentials: string[], newDigest?: string): ShownKey {
    const shown = findShownKey(stored.state(), credentials)
    if (shown.standing === 'previous' && !stored.isInGrace() && newDigest?.toLowerCase() !== shown.stored.digest) throw invalidKey()
    return shown
  }

  /** Returns the key's fingerprint. Throws the errors of findShownKey, and API_KEY_INVALID for the previous key. */
  function authenticate (credentials: string[]): string {
    stored.keepSaved()
    const { standing, digest } = findShownKey(stored.state(), credentials)
    if (standing === 'previous' && stored.isInGrace()) {
      throw new CodedError('API_KEY_INVALID', 'The API key was replaced: send the new one. If that never came, call rotateApiKey again with this one')
    }
    if (standing === 'previous') throw invalidKey()
    stored.endGrace()
    return fingerprintOf(digest)
  }

  /** The previous key passes while the body is unknown, because the body may repeat the digest in force. */
  function authenticateRotation (credentials: string[], body?: { api_key_sha256?: string }): string {
    const shown = findShownKey(stored.state(), credentials)
    if (shown.standing === 'current') return authenticate(credentials)
    stored.keepSaved()
    if (body !== undefined) findRotatingKey(credentials, body.api_key_sha256)
    return fingerprintOf(shown.digest)
  }

  return {
    issue,
    assertIssuable,
    rotate,
    rotateTo,
    authenticate,
    authenticateRotation,
    damage: 'damage' in initial ? initial : null,
    presetUse,
    fingerprint: (): string | null => {
      const state = stored.state()
      return 'digest' in state ? fingerprintOf(state.digest) : null
    },
    /** Aborted when a rotation replaces the key that is now in force. */
    validity: (): AbortSignal => validity.signal,
    /** The write of the key's file that an authentication began, or null. It never rejects. */
    saving: stored.saving,
  }
}

export type ApiKey = Awaited<ReturnType<typeof openApiKey>>

function alreadyGenerated (): CodedError {
  return new CodedError('API_KEY_ALREADY_GENERATED', 'The API key was generated before and is issued only once: use that one, or preset another by API_KEY_SHA256 if it is lost')
}
