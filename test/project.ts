import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder of package.json. Source files and their built forms in dist/ find it alike. */
export function projectFolder (from = import.meta.dirname): string {
  return existsSync(join(from, 'package.json')) ? from : projectFolder(dirname(from))
}
