import { randomUUID } from 'node:crypto'
import * as nodeFileSystem from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { insteadOf, withFile } from './file-calls.js'

/** The file system calls of the config files and the API key. A test injects one whose nth call fails. */
export type FileSystem = Pick<typeof nodeFileSystem,
  'open' | 'mkdir' | 'link' | 'symlink' | 'readlink' | 'rename' | 'rm' | 'rmdir' | 'unlink' | 'readdir'>

export const fileSystem: FileSystem = nodeFileSystem

/** The disk failed, and again when the write was taken back. The write may be in place. `cause` is the first fault. */
export class NotTakenBack extends Error {
  constructor (cause: unknown) {
    super('what was written may be in place', { cause })
  }
}

/** Writes a new file (0600) and returns when its content is on disk. Its name is durable only after syncFolder. */
export async function writeNewFile (path: string, content: string | Uint8Array, files: FileSystem): Promise<void> {
  await withFile(files.open(path, 'wx', 0o600), async handle => {
    await handle.writeFile(content)
    await handle.sync()
  })
}

/** Waits for all, also after one has failed: none may go on while another cleans up. Throws the first error in the order of the list. */
export async function allDone (work: Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(work)
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

/** The disk serves syncs that wait together by one commit of its journal. The caller closes the group in any case. */
export function createSyncGroup (files: FileSystem) {
  const handles: FileHandle[] = []

  async function open (path: string, ...how: [flags: string, mode?: number]): Promise<FileHandle> {
    const handle = await files.open(path, ...how)
    handles.push(handle)
    return handle
  }

  return {
    /** Writes a new file (0600). It is durable after `sync`, if its folder is in the group, too. */
    writeNew: async (path: string, content: string) => await (await open(path, 'wx', 0o600)).writeFile(content),
    /** Returns a folder whose names `sync` makes durable. */
    addFolder: async (path: string) => await open(path, 'r'),
    sync: async () => await allDone(handles.map(async handle => await handle.sync())),
    /** The content is on disk after `sync`, whether or not a file can be closed. */
    close: async () => await Promise.allSettled(handles.map(async handle => await handle.close())),
  }
}

export type SyncGroup = ReturnType<typeof createSyncGroup>

/** Makes the names in a folder durable. */
export async function syncFolder (path: string, files: FileSystem): Promise<void> {
  await withFile(files.open(path, 'r'), async handle => await handle.sync())
}

/**
 * Replaces the content of a file (0600) durably. After an error the old content is there. A second name keeps the old
 * content until then, because a rename back needs no space. Throws NotTakenBack when that fails, too.
 */
export async function replaceFile (path: string, content: string | Uint8Array, files: FileSystem): Promise<void> {
  const temporary = temporaryName(path)
  const old = temporaryName(path)
  let hasOld = false
  try {
    await writeNewFile(temporary, content, files)
    hasOld = await files.link(path, old).then(() => true, insteadOf(false, 'ENOENT'))
    await files.rename(temporary, path)
  } catch (error) {
    for (const name of [temporary, old]) await files.rm(name, { force: true })
    throw error
  }
  try {
    await syncFolder(dirname(path), files)
    await files.rm(old, { force: true })
  } catch (error) {
    const takenBack = hasOld ? files.rename(old, path) : files.rm(path, { force: true })
    await takenBack.catch(() => { throw new NotTakenBack(error) })
    await syncFolder(dirname(path), files).catch(() => {})
    throw error
  }
}

/** Makes something new at a path. Removes first what has the name already. */
export async function makeAnew (path: string, make: () => Promise<unknown>, files: FileSystem): Promise<void> {
  const isTaken = await make().then(() => false, insteadOf(true, 'EEXIST'))
  if (!isTaken) return
  await files.rm(path, { recursive: true })
  await make()
}

/**
 * Creates a file (0600) with its whole content durably, or rejects with EEXIST and changes nothing. The content is
 * complete before the name appears. Throws NotTakenBack.
 */
export async function createFileOnce (path: string, content: string | Uint8Array, files: FileSystem): Promise<void> {
  const temporary = temporaryName(path)
  try {
    await writeNewFile(temporary, content, files)
    await files.link(temporary, path)
  } catch (error) {
    await files.rm(temporary, { force: true })
    throw error
  }
  // The name is ours now. Each fault must take it back, because nobody will learn what the file holds.
  try {
    await files.rm(temporary, { force: true })
    await syncFolder(dirname(path), files)
  } catch (error) {
    await files.rm(path, { force: true }).catch(() => { throw new NotTakenBack(error) })
    await files.rm(temporary, { force: true })
    throw error
  }
}

const TEMPORARY_NAME = /^(.+)\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/

/** Returns the name that a temporary file was meant for. Undefined for files that are not ours. */
export function fileOfTemporary (name: string): string | undefined {
  return TEMPORARY_NAME.exec(name)?.[1]
}

function temporaryName (path: string): string {
  return `${path}.${randomUUID()}.tmp`
}
