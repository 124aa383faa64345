import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { PACKAGED_CONFIGURATION } from '../../schemas/environment.js'
import { findPackaged } from '../files/packaged-path.js'

/**
 * Returns the absolute path of the embedded supervisor's configuration. Takes the packaged one if the working folder
 * lacks the default file. Never does so in production, where the rehearsal generator must not run unasked.
 */
export function findConfigurationFile ({ path, production }: { path: string, production: boolean }): { file: string, packaged: boolean } {
  const file = resolve(path)
  const packaged = path === PACKAGED_CONFIGURATION && !production && !existsSync(file)
  return { file: packaged ? findPackaged(path) : file, packaged }
}
