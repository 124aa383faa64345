import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export const PROJECT = join(import.meta.dirname, '../..')

/** The text of a file of the project; `path` is relative to its folder. */
export async function readText (path: string): Promise<string> {
  return await readFile(join(PROJECT, path), 'utf8')
}

/** README.md and every page of docs/, as paths relative to the project. */
export async function guidePages (): Promise<string[]> {
  const names = (await readdir(join(PROJECT, 'docs'))).filter(name => name.endsWith('.md'))
  return ['README.md', ...names.map(name => `docs/${name}`)]
}
