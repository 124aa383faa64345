import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { readRegularFile } from '../../../files/regular-file.js'
import { readConfSections, type ConfSection } from './file.js'
import type { Findings } from './findings.js'
import { createSectionReader, type Variables } from './section-reader.js'
import { WORDS } from './values.js'

/**
 * Reads the sections of a conf file, and of the files that its [include] names. Their globs are relative to the including
 * file. As in both supervisors, an included file cannot include others. Here it is refused instead of ignored. Throws an
 * Error when the file itself cannot be read.
 */
export async function readConfFiles ({ file, variables, findings }: { file: string, variables: Variables, findings: Findings }): Promise<ConfSection[]> {
  const sections = new Map<string, ConfSection>()
  readConfSections({ text: (await readRegularFile(file)).toString(), file, sections, findings })
  const include = sections.get('include')
  if (include === undefined) return [...sections.values()]
  sections.delete('include')
  const reader = createSectionReader({ kind: 'include', from: include, findings, variables })
  const place = reader.place('files')
  // A glob may match the including file, or a file that another one has matched.
  const read = new Set([path.resolve(file)])
  for (const pattern of reader.read('files', WORDS, [])) {
    const found = await findMatches(path.resolve(path.dirname(place.file), pattern))
    if (found.length === 0) reportMissing(pattern)
    for (const included of found) {
      if (!read.has(included)) await readIncluded(included)
      read.add(included)
    }
  }
  return [...sections.values()]

  function reportMissing (pattern: string): void {
    if (hasWildcards(pattern)) findings.warn(place, `no file matches ${pattern}; add one, or remove the pattern`)
    else findings.refuse(place, `${pattern} does not exist: add the file, or remove its name`)
  }

  async function readIncluded (file: string): Promise<void> {
    try {
      readConfSections({ text: (await readRegularFile(file)).toString(), file, sections, findings })
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      const reason = code === undefined ? message : `cannot be read (${code})`
      findings.refuse(place, `${file} ${reason}: make it readable, or remove its name`)
    }
    const nested = sections.get('include')
    if (nested === undefined) return
    sections.delete('include')
    const message = `an included file cannot include others: move the names to ${place.file}`
    findings.refuse({ file, line: nested.line, section: 'include' }, message)
  }
}

/** Tells whether a path has the wildcards of Python's glob: `*`, `?` and `[…]`. */
function hasWildcards (pattern: string): boolean {
  return /[*?[]/u.test(pattern)
}

/** Finds the paths that match an absolute pattern, sorted. As in a shell, a wildcard matches no leading dot. */
async function findMatches (pattern: string): Promise<string[]> {
  const { root } = path.parse(pattern)
  let found = [root]
  for (const part of pattern.slice(root.length).split('/')) {
    const next = await Promise.all(found.map(async (folder) => await matchesIn(folder, part)))
    found = next.flat()
  }
  return found.sort()
}

async function matchesIn (folder: string, part: string): Promise<string[]> {
  const names = hasWildcards(part) ? await matchingNames(folder, part) : [part]
  const paths = names.map((name) => path.join(folder, name))
  const found = await Promise.all(paths.map(async (file) => await stat(file).then(() => file, () => null)))
  return found.filter((file) => file !== null)
}

async function matchingNames (folder: string, part: string): Promise<string[]> {
  const expression = toExpression(part)
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => expression.test(name) && (part.startsWith('.') || !name.startsWith('.')))
}

/** A set without an end stands for itself. A range that runs backwards matches nothing. */
function toExpression (part: string): RegExp {
  const source = part.replace(/\[(!?)(\]?[^\]]*)\]|[*?]|[^*?[]+|\[/gu, (piece, not?: string, set?: string) => {
    if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replace(/[\\[\]^]/gu, '\\$&')}]`
    return piece === '*' ? '.*' : piece === '?' ? '.' : piece.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&')
  })
  try {
    return new RegExp(`^${source}$`, 'su')
  } catch {
    return /(?!)/u
  }
}
