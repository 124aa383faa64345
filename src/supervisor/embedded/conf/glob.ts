import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'

/** Tells whether a path has the wildcards of Python's glob: `*`, `?` and `[…]`. */
export function hasWildcards (pattern: string): boolean {
  return /[*?[]/u.test(pattern)
}

/** Finds the paths that match an absolute pattern, sorted. As in a shell, a wildcard matches no leading dot. */
export async function findMatches (pattern: string): Promise<string[]> {
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
