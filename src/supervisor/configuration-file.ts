import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { PACKAGED_CONFIGURATION } from '../../schemas/environment.js'

/**
 * Absolute path of the embedded supervisor's configuration. Where the working folder has none of the default name, the package's
 * own is taken; not in production, where its rehearsal generator must never run unasked.
 */
export function findConfigurationFile ({ path, production }: { path: string, production: boolean }): { file: string, packaged: boolean } {
  const file = resolve(path)
  const packaged = path === PACKAGED_CONFIGURATION && !production && !existsSync(file)
  return { file: packaged ? findAbove(import.meta.dirname, path) : file, packaged }
}

/** This code lies in src/, in dist/ or among the chunks of a bundle: all somewhere below the package's folder. */
function findAbove (folder: string, path: string): string {
  const file = join(folder, path)
  return existsSync(file) || dirname(folder) === folder ? file : findAbove(dirname(folder), path)
}
