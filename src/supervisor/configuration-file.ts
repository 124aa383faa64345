import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { PACKAGED_CONFIGURATION } from '../../schemas/environment.js'

/**
 * Returns the absolute path of the embedded supervisor's configuration. Takes the packaged one if the working folder
 * lacks the default file. Never does so in production, where the rehearsal generator must not run unasked.
 */
export function findConfigurationFile ({ path, production }: { path: string, production: boolean }): { file: string, packaged: boolean } {
  const file = resolve(path)
  const packaged = path === PACKAGED_CONFIGURATION && !production && !existsSync(file)
  return { file: packaged ? findAbove(import.meta.dirname, path) : file, packaged }
}

/** This code lies in src/, in dist/ or among a bundle's chunks, which are all below the package's folder. */
function findAbove (folder: string, path: string): string {
  const file = join(folder, path)
  return existsSync(file) || dirname(folder) === folder ? file : findAbove(dirname(folder), path)
}
