import type { Findings } from './findings.js'

export interface ConfOption { name: string, value: string, file: string, line: number }
export interface ConfSection { name: string, file: string, line: number, options: Map<string, ConfOption> }

const SECTION = /^\[([^\]]+)\]$/u
const OPTION = /^([^=:]+)[=:](.*)$/su

/**
 * Adds the sections and options of a supervisord.conf to `sections`, with values as written. `;` and `#` start a comment on
 * a line of its own, or after white space outside quotes. An indented line continues the value above it. As in Supervisor,
 * a repeated section adds to the earlier one, and a repeated option replaces it. Any other line is refused and ends the
 * reading.
 */
export function readConfSections ({ text, file, sections, findings }: {
  text: string, file: string, sections: Map<string, ConfSection>, findings: Findings
}): void {
  let section: ConfSection | undefined
  let option: ConfOption | undefined
  for (const [index, rawLine] of text.replace(/^\uFEFF/u, '').split(/\r?\n/u).entries()) {
    const place = { file, line: index + 1 }
    const content = withoutComment(rawLine)
    if (content === '') continue
    if (option !== undefined && /^\s/u.test(rawLine)) {
      option.value += `\n${content}`
      continue
    }
    const sectionName = SECTION.exec(content)?.[1]?.trim()
    if (sectionName !== undefined) {
      const earlier = sections.get(sectionName)
      if (earlier !== undefined) {
        findings.warn({ ...place, section: sectionName }, `is there twice: its options join or replace those at ${earlier.file}:${earlier.line}`)
      }
      section = earlier ?? { name: sectionName, ...place, options: new Map() }
      sections.set(sectionName, section)
      option = undefined
      continue
    }
    const [, name, value] = OPTION.exec(content) ?? []
    if (name === undefined || value === undefined || section === undefined) {
      findings.refuse(place, 'expected a [section], an option=value inside one, or a comment; correct or remove the line')
      return
    }
    option = { name: name.trimEnd().toLowerCase(), value: value.trimStart(), ...place }
    const earlier = section.options.get(option.name)
    if (earlier !== undefined) {
      const message = `is set twice: this value replaces the one at ${earlier.file}:${earlier.line}`
      findings.warn({ ...place, section: section.name, key: option.name }, message)
    }
    section.options.set(option.name, option)
  }
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
