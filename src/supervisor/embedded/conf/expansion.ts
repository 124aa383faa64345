import path from 'node:path'

/** The names that `%(…)s` can have in a section. */
export interface Variables {
  /** Such as `program_name`. */
  names: Record<string, string | number>
  /** `%(ENV_X)s`. */
  environment: NodeJS.ProcessEnv
}

/** Expands `%(name)s`, `%(number)d`, `%(number)02d` and `%%` in a text of `file`. `unknown` is the first one that has no value, as written. */
export function expand (text: string, { file, names, environment }: Variables & { file: string }): { text: string, unknown: string | undefined } {
  let unknown: string | undefined
  const known: Variables['names'] = { ...names, here: path.dirname(path.resolve(file)) }

  function valueOf (name: string): string | number | undefined {
    if (name.startsWith('ENV_')) return own(environment, name.slice('ENV_'.length))
    return own(known, name)
  }

  const expanded = text.replace(/%(?:\(([^()]*)\)(?:(s)|(0?)(\d{0,2})d)|%)?/gu, (whole, name?: string, isText?: string, zero = '', width = '') => {
    if (whole === '%%') return '%'
    const value = name === undefined ? undefined : valueOf(name)
    if (value !== undefined && isText !== undefined) return String(value)
    if (typeof value === 'number') return String(value).padStart(Number(width), zero === '0' ? '0' : ' ')
    unknown ??= whole
    return ''
  })
  return { text: expanded, unknown }
}

function own<T> (values: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}
