export interface ConfOption { name: string, value: string, line: number }
export interface ConfSection { name: string, line: number, options: Map<string, ConfOption> }

const SECTION = /^\[([^\]]+)\]$/u
const OPTION = /^([^=:]+)[=:](.*)$/su

/**
 * Sections and options of a supervisord.conf, values as written. `;` and `#` start a comment on a line of its own, or
 * after white space outside quotes; an indented line continues the value above it. As in Supervisor, a section or
 * option that comes again adds to, or replaces, the earlier one.
 */
export function readConfSections ({ text, file }: { text: string, file: string }): ConfSection[] {
  const sections = new Map<string, ConfSection>()
  let section: ConfSection | undefined
  let option: ConfOption | undefined
  for (const [index, rawLine] of text.replace(/^\uFEFF/u, '').split(/\r?\n/u).entries()) {
    const line = index + 1
    const content = withoutComment(rawLine)
    if (content === '') continue
    if (option !== undefined && /^\s/u.test(rawLine)) {
      option.value += `\n${content}`
      continue
    }
    const sectionName = SECTION.exec(content)?.[1]?.trim()
    if (sectionName !== undefined) {
      section = sections.get(sectionName) ?? { name: sectionName, line, options: new Map() }
      sections.set(sectionName, section)
      option = undefined
      continue
    }
    option = readOption({ content, line })
    if (option === undefined || section === undefined) {
      throw new Error(`${file}:${line}: expected a [section], an option=value inside one, or a comment.`)
    }
    section.options.set(option.name, option)
  }
  return [...sections.values()]
}

function readOption ({ content, line }: { content: string, line: number }): ConfOption | undefined {
  const [, name, value] = OPTION.exec(content) ?? []
  return name === undefined || value === undefined ? undefined : { name: name.trimEnd().toLowerCase(), value: value.trimStart(), line }
}

function withoutComment (line: string): string {
  let quote = ''
  for (let index = 0; index < line.length; index++) {
    const character = line.charAt(index)
    if (character === '\\') index++
    else if (quote !== '') quote = character === quote ? '' : quote
    else if (character === '"' || character === "'") quote = character
    else if (/[;#]/u.test(character) && /^\s?$/u.test(line.charAt(index - 1))) return line.slice(0, index).trim()
  }
  return line.trim()
}
