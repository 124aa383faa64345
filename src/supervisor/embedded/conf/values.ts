import { constants } from 'node:os'
import path from 'node:path'
import { splitShellWords } from './shell-words.js'

/** A user, and the first group. Null stands for the user's own group. */
export interface UserName { user: string, group: string | null }

/** One kind of value. `read` returns undefined for a value that is not `allowed`. */
export interface ValueKind<T> {
  allowed: string
  /** The value only tunes. An unreadable one is a warning, and the default is used. */
  tunes?: true
  /** Replaces a negative number, with a warning. */
  negative?: T
  /** Returns the remedy for a value that cannot be honoured. */
  remedy? (value: string): string | undefined
  read (value: string): T | undefined
}

export const BOOLEAN: ValueKind<boolean> = { allowed: 'true or false', read: readBoolean }

export const RESTART: ValueKind<boolean | 'unexpected'> = {
  allowed: 'true, false or unexpected',
  read: (value) => value.toLowerCase() === 'unexpected' ? 'unexpected' : readBoolean(value),
}

export const SECONDS: ValueKind<number> = {
  allowed: 'a number of seconds, 0 to 86400',
  tunes: true,
  read: (value) => /^\d+(?:\.\d+)?$/u.test(value) && Number(value) <= 86_400 ? Number(value) : undefined,
}

/** Supervisor takes a program with a negative startsecs for started at once. */
export const START_SECONDS: ValueKind<number> = { ...SECONDS, negative: 0 }

export const NUMBER_OF_PROCESSES = integer(0, 1_000)
export const FIRST_NUMBER = integer(0, 1_000_000)
export const COUNT: ValueKind<number> = { ...FIRST_NUMBER, tunes: true }
export const PRIORITY = integer(-1_000_000, 1_000_000)

export const USER: ValueKind<UserName> = {
  allowed: 'a user, or a user and a group with a colon between them',
  read: (value) => {
    const [, user, group] = /^([^\s:]+)(?::([^\s:]+))?$/u.exec(value) ?? []
    return user === undefined ? undefined : { user, group: group ?? null }
  },
}

/** The octal digits. */
export const UMASK: ValueKind<string> = { allowed: 'an octal number, 000 to 777', read: (value) => /^(?:0o?)?([0-7]{1,3})$/u.exec(value)?.[1]?.padStart(3, '0') }

export const NAMES: ValueKind<string[]> = {
  allowed: 'names with commas between them',
  read: (value) => {
    const names = value.split(',').map((name) => name.trim()).filter((name) => name !== '')
    return names.length === 0 ? undefined : names
  },
}

export const WORDS: ValueKind<string[]> = { allowed: 'names with spaces between them', read: (value) => value.split(/\s+/u).filter((word) => word !== '') }

export const TEXT: ValueKind<string> = { allowed: 'a text', read: (value) => value }

export const EXIT_CODES: ValueKind<number[]> = {
  allowed: 'exit codes from 0 to 255 with commas between them',
  read: (value) => {
    const codes = value.split(',').map(code => integer(0, 255).read(code.trim()))
    return codes.every(code => code !== undefined) ? codes : undefined
  },
}

export const SIGNAL: ValueKind<NodeJS.Signals> = {
  allowed: 'a signal such as TERM, INT, QUIT or its number',
  read: (value) => {
    const name = value.toUpperCase().replace(/^SIG/u, '')
    const signals = Object.keys(constants.signals) as NodeJS.Signals[]
    return signals.find(signal => signal === `SIG${name}` || String(constants.signals[signal]) === value)
  },
}

export const BYTES: ValueKind<number> = {
  allowed: 'a number of bytes, alone or with KB, MB or GB',
  tunes: true,
  read: (value) => {
    const [, digits, unit = ''] = /^(\d{1,9})\s*(KB|MB|GB)?$/iu.exec(value) ?? []
    return digits === undefined ? undefined : Number(digits) * 1024 ** ['', 'KB', 'MB', 'GB'].indexOf(unit.toUpperCase())
  },
}

/** Supervisor's magic name, and Go's with an address. */
const SYSLOG = /^syslog(?:\s*@.*)?$/iu
/** Go's list. */
const SEVERAL_FILES = /,\s*\//u

/** An absolute path, or null for a program without a file of its own. */
export const LOG_FILE: ValueKind<string | null> = {
  allowed: 'a path, NONE or AUTO',
  remedy (value) {
    if (SYSLOG.test(value)) return 'the embedded supervisor does not write to syslog: name a file, or remove the line to keep the last lines in memory'
    return SEVERAL_FILES.test(value) ? 'the embedded supervisor writes to one file: name one' : undefined
  },
  read (value) {
    if (SYSLOG.test(value) || SEVERAL_FILES.test(value)) return undefined
    return /^(?:none|auto)$/iu.test(value) ? null : PATH.read(value)
  },
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

const ASSIGNMENT = /\s*([A-Za-z_]\w*)\s*=(?:\s*(?:"([^"]*)"|'([^']*)'|([^\s,"']+)))?\s*(?:,|$)/uy

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

function integer (min: number, max: number): ValueKind<number> {
  const form = min < 0 ? /^-?\d{1,9}$/u : /^\d{1,9}$/u
  return {
    allowed: `an integer, ${min} to ${max}`,
    read: (value) => form.test(value) && Number(value) >= min && Number(value) <= max ? Number(value) : undefined,
  }
}
