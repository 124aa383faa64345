import { createHash } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileOfTemporary, fileSystem, replaceFile } from '../files/durable-files.js'
import { readRegularFile } from '../files/regular-file.js'

/**
 * Keeps one JSON record of each program in a private folder, in files (0600) whose names begin with `prefix`. Removes
 * first what a killed service left half written. Throws file system errors.
 */
export function createRecordFiles ({ folder, prefix }: { folder: string, prefix: string }) {
  for (const name of readdirSync(folder).filter(name => name.startsWith(prefix) && fileOfTemporary(name) !== undefined)) {
    rmSync(path.join(folder, name), { force: true })
  }

  /** A program's name may have characters that a file's may not. */
  const nameFor = (program: string): string => `${prefix}${createHash('sha256').update(program).digest('hex').slice(0, 32)}.json`

  return {
    nameFor,
    names: async () => (await readdir(folder)).filter(name => name.startsWith(prefix) && name.endsWith('.json')),
    /** Throws a SyntaxError for a file that is not JSON. */
    read: async (name: string): Promise<unknown> => JSON.parse((await readRegularFile(path.join(folder, name))).toString()),
    /** The record is durable when it resolves. A program may have only one call at a time. */
    write: async (program: string, record: object) => await replaceFile(path.join(folder, nameFor(program)), JSON.stringify(record), fileSystem),
    remove: async (program: string) => await rm(path.join(folder, nameFor(program)), { force: true }),
  }
}
