import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { fileSystem, type FileSystem } from './durable-files.js'
import { withFile } from './file-calls.js'

/** Does not wait for the other end of a FIFO. Waiting would block one of the few threads of all file calls for good. */
export const READ_AT_ONCE = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY

/** A FIFO or a device takes the place of a file. Reading it may never end. The message follows a path in a sentence. */
export class NotRegularFile extends Error {
  constructor () {
    super('is not a regular file')
  }
}

/** Opens a file for reading and never hangs. Throws NotRegularFile. A folder fails with EISDIR when it is read. */
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

/** Reads a whole file. Throws what openRegularFile throws. */
export async function readRegularFile (path: string, files: FileSystem = fileSystem): Promise<Buffer> {
  return await withFile(openRegularFile(path, files), async handle => await handle.readFile())
}
