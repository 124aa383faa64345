import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Finds a file that comes with the service: an absolute path. `path` is relative to the folder of the package or of the release. */
export function findPackaged (path: string): string {
  return findAbove(import.meta.dirname, path)
}

/** This code lies in src/, in dist/ or in a bundle. What the build makes lies in dist/. */
function findAbove (folder: string, path: string): string {
  const found = [join(folder, path), join(folder, 'dist', path)].find(file => existsSync(file))
  if (found !== undefined) return found
  return dirname(folder) === folder ? join(folder, path) : findAbove(dirname(folder), path)
}
