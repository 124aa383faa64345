/** A place in a conf file. `line` counts from 1. */
export interface ConfPlace { file: string, line: number, section?: string, key?: string }

export interface ConfFinding extends ConfPlace {
  /**
   * - `refused`: the text changes what runs, and cannot be honoured. Nothing is started.
   * - `needs`: the text is honoured only on a machine that has what the message names.
   * - `warning`: the default is used, or the text is ignored.
   */
  verdict: 'refused' | 'needs' | 'warning'
  message: string
}

export type Findings = ReturnType<typeof createFindings>

/** Gathers findings, each once, because numprocs reads a section several times. */
export function createFindings () {
  const found = new Map<string, ConfFinding>()

  function add (finding: ConfFinding): void {
    found.set(describeFinding(finding), finding)
  }

  return {
    add,
    refuse: (place: ConfPlace, message: string) => add({ ...place, verdict: 'refused', message }),
    warn: (place: ConfPlace, message: string) => add({ ...place, verdict: 'warning', message }),
    /** Sorts by file, in the order of reading, and by line. */
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
