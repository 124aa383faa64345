import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { PACKAGED_CONFIGURATION } from '../../schemas/environment.js'
import { findPackaged } from '../files/packaged-path.js'

/**
 * Absolute path of the embedded supervisor's configuration. Where the working folder has none of the default name, the package's
 * own is taken; not in production, where its rehearsal generator must never run unasked.
 */
export function findConfigurationFile ({ path, production }: { path: string, production: boolean }): { file: string, packaged: boolean } {
  const file = resolve(path)
  const packaged = path === PACKAGED_CONFIGURATION && !production && !existsSync(file)
  return { file: packaged ? findPackaged(path) : file, packaged }
}
