import { NotTakenBack } from './durable-files.js'
import { CodedError } from '../errors.js'

export function storageUnreadable (cause: unknown): CodedError {
  return new CodedError('STORAGE_FAILED',
    `The configuration cannot be read at the moment (${reasonOf(cause)}), and nothing has changed. Check the disk and how many files may be open (ulimit -n), then try again`,
    { cause })
}

/** Reports a change that is not on disk. After NotTakenBack it may be there. */
export function storageFailed (cause: unknown): CodedError {
  if (cause instanceof NotTakenBack) {
    return new CodedError('STORAGE_FAILED',
      `The disk failed (${reasonOf(cause.cause)}) before the change was safe, and again when it was taken back: it is in force, but may be lost. Check the disk, then send it again`,
      { cause })
  }
  return new CodedError('STORAGE_FAILED',
    `The change could not be written (${reasonOf(cause)}) and is not in force. Check the free space and the rights of the config folder, then try again`,
    { cause })
}

export function reasonOf (cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? 'unknown reason'
}
