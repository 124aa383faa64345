import path from 'node:path'
import type { ConfOption, ConfSection } from './file.js'
import type { ConfPlace, Findings } from './findings.js'
import { type KeyOf, SECTION_KEYS, type SectionKeys } from './keys.js'
import type { ValueKind } from './values.js'

/** The names that `%(…)s` can have in a section. */
export interface Variables {
  /** Such as `program_name`. */
  names: Record<string, string | number>
  /** `%(ENV_X)s`. */
  environment: NodeJS.ProcessEnv
}

/** A value, and where it is. */
export interface Placed<T> { value: T, place: ConfPlace }

/** Reads the values of a section. Keys that are not honoured become findings at once. */
export function createSectionReader<Kind extends keyof typeof SECTION_KEYS> ({ kind: section, from, findings, variables: common }: {
  kind: Kind, from: ConfSection, findings: Findings, variables: Variables
}) {
  reportKeys({ keys: SECTION_KEYS[section], from, findings })

  function place (key?: KeyOf<Kind>): ConfPlace {
    const { file, line } = from.options.get(key ?? '') ?? from
    return { file, line, section: from.name, ...key !== undefined && { key } }
  }

  /** Returns `missing` when the section has no value, or none that can be used. The findings tell why. */
  function read<T> (key: KeyOf<Kind>, kind: ValueKind<T>, missing: T, variables = common): T {
    const found = from.options.get(key)
    if (found === undefined) return missing
    const { text, unknown } = expand(found, variables)
    if (unknown !== undefined) {
      const known = Object.keys(variables.names).map(name => `%(${name})s`).join(', ')
      findings.refuse(place(key), `cannot expand "${unknown}"; use %(here)s, ${known}, %(ENV_X)s for a variable that is set, or %% for a percent sign`)
      return missing
    }
    const value = kind.read(text)
    if (value !== undefined) return value
    if (kind.negative !== undefined && /^-\d+(?:\.\d+)?$/u.test(text)) {
      findings.warn(place(key), `is negative, so ${kind.negative} is used`)
      return kind.negative
    }
    if (kind.tunes) findings.warn(place(key), `cannot be read, so the default is used; write ${kind.allowed}`)
    else findings.refuse(place(key), kind.remedy?.(text) ?? `the value is not allowed; write ${kind.allowed}`)
    return missing
  }

  /** As `read`, with the place of the value. */
  function readPlaced<T> (key: KeyOf<Kind>, kind: ValueKind<T>, missing: Placed<T> | null, variables = common): Placed<T> | null {
    const value = read<T | null>(key, kind, null, variables)
    return value === null ? missing : { value, place: place(key) }
  }

  /** Refuses a section without the key. */
  function demand<T> (key: KeyOf<Kind>, kind: ValueKind<T>): void {
    if (!from.options.has(key)) findings.refuse(place(key), `is missing; write ${kind.allowed}`)
  }

  return { read, readPlaced, demand, place }
}

function reportKeys ({ keys: { honoured, unused, refused }, from, findings }: { keys: SectionKeys, from: ConfSection, findings: Findings }): void {
  for (const { name, value, file, line } of from.options.values()) {
    const place = { file, line, section: from.name, key: name }
    if (honoured.includes(name)) continue
    if (unused.includes(name)) findings.warn(place, 'is not used by the embedded supervisor')
    else if (!Object.hasOwn(refused, name)) findings.warn(place, 'is unknown and has no effect; correct or remove it')
    else if (!/^(?:|false|no|off|none|0)$/iu.test(value)) findings.refuse(place, `the embedded supervisor cannot honour it: ${refused[name]}`)
  }
}

/** Expands `%(name)s`, `%(number)d`, `%(number)02d` and `%%`. `unknown` is the first one that has no value, as written. */
function expand ({ value: text, file }: ConfOption, { names, environment }: Variables): { text: string, unknown: string | undefined } {
  let unknown: string | undefined
  if (!text.includes('%')) return { text, unknown }
  const known = new Map<string, string | number | undefined>([
    ...Object.entries(environment).map(([name, value]) => [`ENV_${name}`, value] as const),
    ...Object.entries(names), ['here', path.dirname(path.resolve(file))],
  ])
  const expanded = text.replace(/%(?:\(([^()]*)\)(?:(s)|(0?)(\d{0,2})d)|%)?/gu, (whole, name?: string, isText?: string, zero = '', width = '') => {
    if (whole === '%%') return '%'
    const value = known.get(name ?? '')
    if (value !== undefined && isText !== undefined) return String(value)
    if (typeof value === 'number') return String(value).padStart(Number(width), zero === '0' ? '0' : ' ')
    unknown ??= whole
    return ''
  })
  return { text: expanded, unknown }
}
