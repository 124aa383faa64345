/** The space between two words, a quote, an escape, or one plain character. */
const TOKEN = /\s+|'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^\s'"\\])/gu

/**
 * Splits a command line into its arguments by the quoting rules of a POSIX shell: '…' is literal, "…" knows \" and \\, and
 * \x works outside of quotes. Expands nothing. Returns undefined when a quote or an escape has no end.
 */
export function splitShellWords (text: string): string[] | undefined {
  const words: string[] = []
  let word: string | null = null
  let end = 0
  for (const match of text.matchAll(TOKEN)) {
    if (match.index !== end) return undefined
    end += match[0].length
    const piece = pieceOf(match)
    if (piece !== undefined) {
      word = (word ?? '') + piece
    } else if (word !== null) {
      words.push(word)
      word = null
    }
  }
  if (end !== text.length) return undefined
  return word === null ? words : [...words, word]
}

function pieceOf ([, single, double, escaped, plain]: RegExpExecArray): string | undefined {
  return single ?? double?.replace(/\\(["\\])/gu, '$1') ?? escaped ?? plain
}
