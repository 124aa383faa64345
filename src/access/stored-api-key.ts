import { lstatSync } from 'node:fs'
import { API_KEY_FILE, type KeyState, printKeyFile, type StoredKey } from './api-key-file.js'
import { createFileOnce, type FileSystem, NotTakenBack, replaceFile } from '../files/durable-files.js'
import { CodedError } from '../errors.js'
import type { RetiredPresets } from './retired-presets.js'
import type { createSerial } from '../timing/serial.js'
import { reasonOf, storageFailed } from '../files/storage-errors.js'

/** After a write that nobody asked for has failed. */
const RETRY_MS = 1000

/** The state of the key, in memory and in its file. `inTurn` orders the writes; `put` and `create` are to be called within it. */
export function createStoredApiKey ({ path, initial, retired, inTurn, graceMs, onWrittenAnew, onFault, files }: {
  path: string
  initial: KeyState
  retired: RetiredPresets
  inTurn: ReturnType<typeof createSerial>
  /** How long a key that was replaced may rotate again at most, in ms. */
  graceMs: number
  /** Is called when the file was gone, and has been written anew. */
  onWrittenAnew: () => void
  /** Gets the error of a write that no caller waits for. */
  onFault: (error: unknown) => void
  files: FileSystem
}) {
  let state = initial
  /** By the monotonic clock: a jump of the other one neither ends a grace nor makes it longer than it may be. */
  let graceEndsAt = -Infinity
  let isUnsaved = false
  let saving: Promise<void> | null = null
  let retryAt = -Infinity
  if ('digest' in initial) beginGrace(initial)

  function beginGrace ({ previous }: StoredKey): void {
    graceEndsAt = performance.now() + Math.min((previous?.graceEnds ?? 0) - Date.now(), graceMs)
  }

  /** Puts a key in force, durably; after an error the old one is. Throws STORAGE_FAILED. */
  async function put (stored: StoredKey): Promise<void> {
    await retire(stored)
    await replaceFile(path, printKeyFile(stored), files)
    state = stored
    beginGrace(stored)
  }

  /** Puts the first key in force, durably. Fails with EEXIST where there is one by now. */
  async function create (stored: StoredKey): Promise<void> {
    await retire(stored)
    await createFileOnce(path, printKeyFile(stored), files)
    state = stored
  }

  /** Before a preset is replaced, it is listed as such: a kill in between must not leave it as one that may come back. */
  async function retire ({ digest, presets }: StoredKey): Promise<void> {
    await retired.add(presets.filter(preset => preset !== digest))
  }

  /** The new key has been used: from now on the one before it is invalid. */
  function endGrace (): void {
    if (!('digest' in state) || state.previous === null || state.previous.graceEnds === 0) return
    state = { ...state, previous: null }
    isUnsaved = true
  }

  /** Begins to write the file where it is gone, or older than the state. */
  function keepSaved (): void {
    if (saving !== null || performance.now() < retryAt || !('digest' in state) || !(isUnsaved || isGone())) return
    saving = inTurn(save)
      .catch(error => {
        retryAt = performance.now() + RETRY_MS
        onFault(error)
      })
      .finally(() => { saving = null })
  }

  async function save (): Promise<void> {
    const wasGone = isGone()
    const saved = state as StoredKey
    if (!isUnsaved && !wasGone) return
    await replaceFile(path, printKeyFile(saved), files)
    isUnsaved = state !== saved
    if (wasGone) onWrittenAnew()
  }

  /** Another fault than its absence says nothing: this is asked at each request, and must not fail. */
  function isGone (): boolean {
    try {
      return lstatSync(path, { throwIfNoEntry: false }) === undefined
    } catch {
      return false
    }
  }

  return {
    state: () => state,
    put,
    create,
    retire,
    endGrace,
    isInGrace: () => performance.now() < graceEndsAt && 'digest' in state && state.previous !== null,
    keepSaved,
    /** The write of the file that is under way; null: there is none. */
    saving: () => saving,
  }
}

/** After NotTakenBack the key of before is the one in force only as long as this service runs. */
export function notStored (error: unknown): CodedError {
  if (!(error instanceof NotTakenBack)) return storageFailed(error)
  return new CodedError('STORAGE_FAILED',
    `The disk failed (${reasonOf(error.cause)}) while a new key was written to ${API_KEY_FILE}, and again when that was taken back: after a restart a key that nobody knows may be in force. Mend the disk, then rotate the key, or restart with another API_KEY_SHA256`,
    { cause: error })
}
