import { writeFile } from 'node:fs/promises'

/**
 * Keeps all memory out of core dumps of this process and its children, which inherit the filter (core(5)). Node
 * cannot set its own limits. Logs a warning when there is no such filter.
 */
export async function emptyCoreDumps ({ log, filter = '/proc/self/coredump_filter' }: { log: { warn: (message: string) => void }, filter?: string }): Promise<void> {
  await writeFile(filter, '0\n', { flag: 'r+' }).catch(({ code }) => {
    log.warn(`Core dumps would have secrets in them: ${filter} cannot be set (${code}). Run the service with ulimit -c 0`)
  })
}
