import { writeSync } from 'node:fs'

const STANDARD_OUTPUT = 1

/**
 * Writes log lines one at a time, without their secrets. Never waits for a full disk or a vanished terminal, for which
 * pino's own stream would hold up the service. The next written line tells how many lines were lost. `format` gets
 * lines without secrets.
 */
export function createLogStream ({
  redact = (line: string) => line,
  format = (line: string) => line,
  write = (text: string) => { writeSync(STANDARD_OUTPUT, text) },
  now = Date.now,
} = {}): { write: (line: string) => void } {
  let lost = 0
  return {
    write (line) {
      try {
        if (lost > 0) write(`${JSON.stringify({ level: 40, time: now(), msg: `${lost} log lines could not be written` })}\n`)
        lost = 0
        write(format(redact(line)))
      } catch {
        lost += 1
      }
    },
  }
}
