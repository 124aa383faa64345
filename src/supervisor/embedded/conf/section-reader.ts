import { expand, type Variables } from './expansion.js'
import type { ConfSection } from './file.js'
import type { ConfPlace, Findings } from './findings.js'
import { type KeyOf, SECTION_KEYS, type SectionKeys } from './keys.js'
import type { ValueKind } from './values.js'

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
    const { text, unknown } = expand(found.value, { file: found.file, ...variables })
    if (unknown !== undefined) {
      const known = Object.keys(variables.names).map((name) => `%(${name})s`).join(', ')
      findings.refuse(place(key), `cannot expand "${unknown}"; known are %(here)s, ${known}, %(ENV_X)s of a variable that is set, and %% for a percent sign`)
      return missing
    }
    const value = kind.read(text)
    if (value !== undefined) return value
    if (kind.negative !== undefined && /^-\d+(?:\.\d+)?$/u.test(text)) {
      findings.add('warning', place(key), `is negative, so ${kind.negative} is used`)
      return kind.negative
    }
    if (kind.tunes) findings.add('warning', place(key), `cannot be read, so the default is used; allowed is ${kind.allowed}`)
    else findings.refuse(place(key), kind.remedy?.(text) ?? `the value is not allowed; allowed is ${kind.allowed}`)
    return missing
  }

  return { read, place, has: (key: KeyOf<Kind>) => from.options.has(key) }
}

function reportKeys ({ keys: { honoured, unused, refused }, from, findings }: { keys: SectionKeys, from: ConfSection, findings: Findings }): void {
  for (const { name, value, file, line } of from.options.values()) {
    const place = { file, line, section: from.name, key: name }
    if (honoured.includes(name)) continue
    if (unused.includes(name)) findings.add('warning', place, 'is not used by the embedded supervisor')
    else if (!Object.hasOwn(refused, name)) findings.add('warning', place, 'is not known, and is left aside')
    else if (!/^(?:|false|no|off|none|0)$/iu.test(value)) findings.refuse(place, `the embedded supervisor cannot honour it: ${refused[name]}`)
  }
}
