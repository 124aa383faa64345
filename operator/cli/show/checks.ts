import { styled, type Text } from './text.js'

/** A finding of preflight or doctor. */
export interface Check {
  name: string
  /** `pass`, `warning`, `fail` or `skipped`. */
  result: string
  message: string
  /** Says what to do about it, or is null. */
  remedy: string | null
}

const MARKS: Record<string, Text> = {
  pass: styled('green', '✓'), warning: styled('yellow', '!'), fail: styled('red', '✗')
}
const SKIPPED = styled('gray', '–')

/** The checks of the service, in the words of the operator. */
const TITLES: Record<string, string> = {
  rpc: 'RPC endpoint',
  chain_id: 'Chain',
  balance: 'Balance',
  ecies_key: 'Key',
  registration: 'Registration',
  contract: 'Contract',
  market: 'Market',
  stake: 'Stake',
  compute: 'Compute',
}

/** Shows checks as a table: mark, subject and message. A remedy has a line of its own. */
export function describeChecks (checks: Check[]): Text {
  const rows = checks.map(check => ({ ...check, title: titleOf(check.name) }))
  const width = Math.max(0, ...rows.map(({ title }) => title.length))
  const lines = rows.map(({ title, result, message, remedy }): Text => [
    MARKS[result] ?? SKIPPED, `  ${title.padEnd(width)}  ${message}`,
    ...remedy === null ? [] : [`\n   ${' '.repeat(width)}  → ${remedy}`],
  ])
  return lines.map((line, index) => index === 0 ? line : ['\n', line])
}

/** Turns `registration:0x…:7` into words, with long ids cut. */
function titleOf (name: string): string {
  const [kind = name, ...subjects] = name.split(':')
  return [TITLES[kind] ?? kind, ...subjects.map(shorten)].join(' ')
}

function shorten (text: string): string {
  return text.length <= 20 ? text : `${text.slice(0, 6)}…${text.slice(-4)}`
}
