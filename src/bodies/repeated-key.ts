const TOKEN = /\\.|["{}:]/g

/**
 * Finds the first key that an object of the JSON text has twice. JSON.parse silently keeps the last one, while
 * another program on the way may have checked the first (RFC 8259, section 4). The text must be valid JSON.
 */
export function findRepeatedKey (text: string): string | undefined {
  const open: Set<string>[] = []
  let start: number | null = null
  let lastString = ''
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === '"') {
      if (start !== null) lastString = text.slice(start, index + 1)
      start = start === null ? index : null
    } else if (start !== null) {
      continue
    } else if (token === '{') {
      open.push(new Set())
    } else if (token === '}') {
      open.pop()
    } else {
      // Escapes can spell one key in two ways.
      const key: string = lastString.includes('\\') ? JSON.parse(lastString) : lastString.slice(1, -1)
      const keys = open.at(-1)!
      if (keys.has(key)) return key
      keys.add(key)
    }
  }
  return undefined
}
