import { writeFile } from 'node:fs/promises'

/**
 * Keeps all memory out of core dumps of this process and of those that it starts, which inherit the filter (core(5)).
 * Node cannot set a limit of its own process. Returns why it was not possible; null: done.
 */
export async function emptyCoreDumps ({ filter = '/proc/self/coredump_filter' } = {}): Promise<string | null> {
  return await writeFile(filter, '0\n', { flag: 'r+' }).then(() => null, (error: NodeJS.ErrnoException) => String(error.code))
}
