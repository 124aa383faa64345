/** A place in a conf file. `line` counts from 1. */
export interface ConfPlace { file: string, line: number, section?: string, key?: string }

/**
 * - `refused`: the text changes what runs, and cannot be honoured. Nothing is started.
 * - `needs`: the text is honoured only on a machine that has what the message names.
 * - `warning`: the default is used, or the text is ignored.
 */
type Verdict = 'refused' | 'needs' | 'warning'

export interface ConfFinding extends ConfPlace { verdict: Verdict, message: string }

export interface Findings {
  refuse (place: ConfPlace, message: string): void
  add (verdict: Verdict, place: ConfPlace, message: string): void
  /** Sorts by file, in the order of reading, and by line. */
  all (): ConfFinding[]
}

/** Gathers findings, each once, because numprocs reads a section several times. */
export function createFindings (): Findings {
  const found = new Map<string, ConfFinding>()
  const add: Findings['add'] = (verdict, place, message) => {
    const finding = { ...place, verdict, message }
    found.set(describeFinding(finding), finding)
  }
  return {
    add,
    refuse: (place, message) => add('refused', place, message),
    all () {
      const findings = [...found.values()]
      const files = findings.map(({ file }) => file)
      return findings.sort((one, other) => files.indexOf(one.file) - files.indexOf(other.file) || one.line - other.line)
    },
  }
}

/** Formats `file:line: [section] key: message.`, without values, because they may be secret. */
export function describeFinding (finding: ConfFinding): string {
  return `${finding.file}:${finding.line}: ${describeInPlace(finding)}`
}

/** Formats a finding without its file and line. */
export function describeInPlace ({ section, key, message }: ConfFinding): string {
  const place = section === undefined ? '' : key === undefined ? `[${section}]: ` : `[${section}] ${key}: `
  return `${place}${message}.`
}
