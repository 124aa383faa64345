import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { fileSystem, type FileSystem } from './durable-files.js'

/** Waits for no other end of a FIFO: that would take one of the few threads that all file calls share, for good. */
export const READ_AT_ONCE = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/** A FIFO or a device is in the place of a file: reading it may never end. The message is what to say of the path. */
export class NotRegularFile extends Error {
  constructor () {
    super('is not a regular file')
  }
}

/** Opens a file to read it, and never hangs. Throws NotRegularFile; a folder fails with EISDIR once it is read. */
export async function openRegularFile (path: string, files: FileSystem = fileSystem): Promise<FileHandle> {
  const handle = await files.open(path, READ_AT_ONCE)
  try {
    const stats = await handle.stat()
    if (!stats.isFile() && !stats.isDirectory()) throw new NotRegularFile()
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** The content of a file. Throws as openRegularFile does. */
export async function readRegularFile (path: string, files: FileSystem = fileSystem): Promise<Buffer> {
  const handle = await openRegularFile(path, files)
  try {
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}
