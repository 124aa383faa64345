import { constants } from 'node:os'
import path from 'node:path'
import { splitShellWords } from './shell-words.js'

/** One kind of value: `read` answers undefined for what is not `allowed`. */
export interface ValueKind<T> {
  allowed: string
  read (value: string): T | undefined
}

export const BOOLEAN: ValueKind<boolean> = { allowed: 'true or false', read: readBoolean }

export const RESTART: ValueKind<boolean | 'unexpected'> = {
  allowed: 'true, false or unexpected',
  read: (value) => value.toLowerCase() === 'unexpected' ? 'unexpected' : readBoolean(value),
}

export const SECONDS: ValueKind<number> = {
  allowed: 'a number of seconds, 0 to 86400',
  read: (value) => /^\d+(?:\.\d+)?$/u.test(value) && Number(value) <= 86_400 ? Number(value) : undefined,
}

export const COUNT: ValueKind<number> = { allowed: 'an integer, 0 to 1000000', read: (value) => readInteger(value, 1_000_000) }

export const EXIT_CODES: ValueKind<number[]> = {
  allowed: 'exit codes from 0 to 255 with commas between them',
  read: (value) => allDefined(value.split(',').map((code) => readInteger(code.trim(), 255))),
}

export const SIGNAL: ValueKind<NodeJS.Signals> = {
  allowed: 'a signal such as TERM, INT, QUIT or its number',
  read: (value) => {
    const name = value.toUpperCase().replace(/^SIG/u, '')
    return signalNames().find((signal) => signal === `SIG${name}` || String(constants.signals[signal]) === value)
  },
}

export const BYTES: ValueKind<number> = {
  allowed: 'a number of bytes, alone or with KB, MB or GB',
  read: (value) => {
    const [, digits, unit = ''] = /^(\d{1,9})\s*(KB|MB|GB)?$/iu.exec(value) ?? []
    return digits === undefined ? undefined : Number(digits) * 1024 ** ['', 'KB', 'MB', 'GB'].indexOf(unit.toUpperCase())
  },
}

/** A path, made absolute; null where the program is to have no file of its own. */
export const LOG_FILE: ValueKind<string | null> = {
  allowed: 'a path, NONE or AUTO',
  read: (value) => /^(?:none|auto)$/iu.test(value) ? null : PATH.read(value),
}

export const PATH: ValueKind<string> = {
  allowed: 'a path',
  read: (value) => value === '' || value.includes('\0') ? undefined : path.resolve(value),
}

export const COMMAND: ValueKind<[string, ...string[]]> = {
  allowed: 'a program and its arguments, every quote closed',
  read: (value) => {
    const [program = '', ...args] = splitShellWords(value) ?? []
    return program === '' || value.includes('\0') ? undefined : [program, ...args]
  },
}

const ASSIGNMENT = /\s*([A-Za-z_]\w*)=(?:"([^"]*)"|'([^']*)'|([^\s,"']*))\s*(?:,|$)/uy

export const ENVIRONMENT: ValueKind<Record<string, string>> = {
  allowed: 'NAME="value" pairs with commas between them',
  read: (value) => {
    const pairs: Array<[string, string]> = []
    for (ASSIGNMENT.lastIndex = 0; ASSIGNMENT.lastIndex < value.length;) {
      const match = ASSIGNMENT.exec(value)
      if (match === null) return undefined
      const [, name = '', double, single, bare = ''] = match
      pairs.push([name, double ?? single ?? bare])
    }
    return Object.fromEntries(pairs)
  },
}

function readBoolean (value: string): boolean | undefined {
  if (/^(?:true|yes|on|1)$/iu.test(value)) return true
  return /^(?:false|no|off|0)$/iu.test(value) ? false : undefined
}

function readInteger (value: string, max: number): number | undefined {
  return /^\d{1,9}$/u.test(value) && Number(value) <= max ? Number(value) : undefined
}

function allDefined<T> (values: Array<T | undefined>): T[] | undefined {
  const defined = values.filter((value) => value !== undefined)
  return defined.length === values.length ? defined : undefined
}

function signalNames (): NodeJS.Signals[] {
  return Object.keys(constants.signals) as NodeJS.Signals[]
}
