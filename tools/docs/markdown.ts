/** A Markdown table. A cell must not contain a line break. */
export function table (header: string[], rows: string[][]): string {
  return [header, header.map(() => '---'), ...rows].map((cells, line) => (
    line === 1 ? `|${cells.join('|')}|` : `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  )).join('\n')
}

export function codes (names: readonly string[]): string {
  return names.map(name => `\`${name}\``).join(', ')
}

/** A fenced block. `value` is text, or is printed as JSON with short lists on one line. */
export function fence (language: string, value: unknown): string {
  return `\`\`\`${language}\n${typeof value === 'string' ? value : print(value)}\n\`\`\``
}

function print (value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(
    /\[\n\s*([^[\]{}]*?)\n\s*\]/g, (_, items: string) => `[${items.replaceAll(/\n\s*/g, ' ')}]`
  )
}

/**
 * Replaces what stands between `<!-- generated: name -->` and `<!-- end -->`.
 * Throws if a page has no place for a section, or a place for none.
 */
export function fillSections (page: string, sections: Record<string, string>): string {
  const missing = new Set(Object.keys(sections))
  const text = page.replaceAll(/<!-- generated: ([\w-]+) -->\n[^]*?<!-- end -->/g, (_, name: string) => {
    const section = sections[name]
    if (section === undefined) throw new Error(`Nothing generates the section ${name}`)
    missing.delete(name)
    return `<!-- generated: ${name} -->\n${section}\n<!-- end -->`
  })
  if (missing.size > 0) throw new Error(`The page has no place for ${[...missing].join(', ')}`)
  return text
}
