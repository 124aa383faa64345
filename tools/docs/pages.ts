import { Environment } from '../../schemas/environment.js'
import { FINDINGS } from '../../src/chain/checks/findings.js'
import { OTHER_SECTIONS, SECTION_KEYS } from '../../src/supervisor/embedded/conf/keys.js'
import { EXIT_CODES } from '../../operator/cli/exit-codes.js'
import { createDocument } from '../openapi/create.js'
import { describeCommands } from './commands.js'
import { errorTable } from './errors.js'
import { readText } from './files.js'
import { codes, fillSections, table } from './markdown.js'
import { describeOperations } from './operations.js'
import { drawRecording } from './recording.js'
import { refusalTable } from './refusals.js'
import { roomTable } from './rooms.js'

/** The generated sections, by page. Each is made from the source that the service itself uses. */
const SECTIONS: Record<string, Record<string, () => string | Promise<string>>> = {
  'docs/api.md': { findings, operations: async () => describeOperations(await createDocument()) },
  'docs/architecture.md': { rooms: () => roomTable() },
  'docs/cli.md': { commands: describeCommands, 'exit-codes': exitCodes },
  'docs/configuration.md': { environment },
  'docs/supervisors.md': { 'conf-files': confFiles },
  'docs/troubleshooting.md': { errors: errorTable, refusals: refusalTable },
}

/** Every generated file as it must be, by its path relative to the project. */
export async function renderPages (): Promise<Map<string, string>> {
  const files = new Map([['docs/demo.svg', drawRecording(await readText('docs/demo.md'))]])
  for (const [path, makers] of Object.entries(SECTIONS)) {
    const sections = Object.entries(makers).map(async ([name, make]) => [name, await make()] as const)
    files.set(path, fillSections(await readText(path), Object.fromEntries(await Promise.all(sections))))
  }
  return files
}

function environment (): string {
  return table(
    ['Name', 'Default', 'Meaning'],
    Object.entries(Environment.properties).map(([name, { default: value, description }]) => [
      name, String(value ?? 'unset'), String(description)
    ])
  )
}

function findings (): string {
  return table(
    ['Finding', 'Result', 'Meaning'],
    Object.entries(FINDINGS).map(([word, { result, meaning }]) => [word, result, meaning])
  )
}

function exitCodes (): string {
  return table(['Exit code', 'Meaning'], Object.values(EXIT_CODES).map(({ code, meaning }) => [String(code), meaning]))
}

function confFiles (): string {
  const cell = (names: readonly string[]) => codes(names) || '–'
  const section = (name: string) => `\`[${name}${['program', 'group'].includes(name) ? ':x' : ''}]\``
  return table(['Section', 'Honoured', 'Warning', 'Refused'], [
    ...Object.entries(SECTION_KEYS).map(([name, { honoured, unused, refused }]) => [
      section(name), cell(honoured), cell(unused), cell(Object.keys(refused))
    ]),
    ...OTHER_SECTIONS.map(({ name, verdict }) => [
      section(name), '–', ...(verdict === 'warning' ? ['the section', '–'] : ['–', 'the section'])
    ]),
  ])
}
