import { lstatSync } from 'node:fs'
import { API_KEY_FILE, type KeyState, printKeyFile, type StoredKey } from './api-key-file.js'
import { createFileOnce, type FileSystem, NotTakenBack, replaceFile } from '../files/durable-files.js'
import { CodedError } from '../errors.js'
import type { RetiredPresets } from './retired-presets.js'
import type { createSerial } from '../timing/serial.js'
import { reasonOf, storageFailed } from '../files/storage-errors.js'

/** The pause after a failed write that nobody asked for. */
const RETRY_MS = 1000
/** The least time between two looks for the file. Looks at each request took a tenth of its time. */
const LOOK_MS = 100

/** Keeps the key's state in memory and in its file. `inTurn` orders the writes. Call `put` and `create` within it. */
export function createStoredApiKey ({ path, initial, retired, inTurn, graceMs, onWrittenAnew, onFault, files }: {
  path: string,
  initial: KeyState,
  retired: RetiredPresets,
  inTurn: ReturnType<typeof createSerial>,
  graceMs: number,
  onWrittenAnew: () => void,
  onFault: (error: unknown) => void,
  files: FileSystem
}) {
  let state = initial
  /** Uses the monotonic clock, so that a jump of the wall clock neither ends nor extends the grace. */
  let graceEndsAt = -Infinity
  let isUnsaved = false
  let saving: Promise<void> | null = null
  let retryAt = -Infinity
  let lookAt = -Infinity
  if ('digest' in initial) beginGrace(initial)

  function beginGrace ({ previous }: StoredKey): void {
    graceEndsAt = performance.now() + Math.min((previous?.graceEnds ?? 0) - Date.now(), graceMs)
  }

  /** Puts a key in force durably. After an error the old key is in force. Throws STORAGE_FAILED. */
  async function put (stored: StoredKey): Promise<void> {
    await retire(stored)
    await replaceFile(path, printKeyFile(stored), files)
    state = stored
    beginGrace(stored)
  }

  /** Puts the first key in force durably. Rejects with EEXIST when there is one already. */
  async function create (stored: StoredKey): Promise<void> {
    await retire(stored)
    await createFileOnce(path, printKeyFile(stored), files)
    state = stored
  }

  /** Lists a preset as retired before it is replaced, so that a kill in between cannot let it return. */
  async function retire ({ digest, presets }: StoredKey): Promise<void> {
    await retired.add(presets.filter(preset => preset !== digest))
  }

  /** Ends the grace, because the new key has been used. The previous key is invalid from now on. */
  function endGrace (): void {
    if (!('digest' in state) || state.previous === null || state.previous.graceEnds === 0) return
    state = { ...state, previous: null }
    isUnsaved = true
    keepSaved()
  }

  /** Starts to write the file when it is older than the state, or when a look finds it gone. */
  function keepSaved (): void {
    if (saving !== null || performance.now() < retryAt || !('digest' in state) || !(isUnsaved || isFoundGone())) return
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

  function isFoundGone (): boolean {
    const now = performance.now()
    if (now < lookAt) return false
    lookAt = now + LOOK_MS
    return isGone()
  }

  /** Only absence counts. Other faults must not fail this check, because requests begin it. */
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
    saving: () => saving,
  }
}

/** After NotTakenBack the previous key stays in force only until this service ends. */
export function notStored (error: unknown): CodedError {
  if (!(error instanceof NotTakenBack)) return storageFailed(error)
  return new CodedError('STORAGE_FAILED',
    `The disk failed (${reasonOf(error.cause)}) while a new key was written to ${API_KEY_FILE}, and again when that was undone. An unknown key may be in force after a restart. Mend the disk, then rotate the key, or restart with another API_KEY_SHA256`,
    { cause: error })
}
