export interface LineRing {
  push (line: string): void
  last (count: number): string[]
}

/** Keeps the newest lines: at most `maxLines`, and at most `maxCharacters` in all. */
export function createLineRing ({ maxLines, maxCharacters }: { maxLines: number, maxCharacters: number }): LineRing {
  const lines: string[] = []
  let characters = 0
  return {
    push (line) {
      lines.push(line)
      characters += line.length
      while (lines.length > maxLines || characters > maxCharacters) {
        const [oldest = ''] = lines.splice(0, 1)
        characters -= oldest.length
      }
    },
    last: (count) => count > 0 ? lines.slice(-count) : [],
  }
}
