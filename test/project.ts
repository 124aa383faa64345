import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder of package.json, seen from a source file as from its built form in dist/. */
export function projectFolder (from = import.meta.dirname): string {
  return existsSync(join(from, 'package.json')) ? from : projectFolder(dirname(from))
}
