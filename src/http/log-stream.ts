import { writeSync } from 'node:fs'

const STANDARD_OUTPUT = 1

/**
 * Writes log lines without their secrets, one at a time, and never waits for a disk that is full, or a terminal that is gone: lines that cannot be written
 * are lost, and the next one that can be tells how many. pino's own stream tries again without end, and holds up the service.
 */
export function createLogStream ({
  redact = (line: string) => line,
  write = (text: string) => { writeSync(STANDARD_OUTPUT, text) },
  now = Date.now,
} = {}): { write: (line: string) => void } {
  let lost = 0
  return {
    write (line) {
      try {
        if (lost > 0) write(`${JSON.stringify({ level: 40, time: now(), msg: `${lost} log lines could not be written` })}\n`)
        lost = 0
        write(redact(line))
      } catch {
        lost += 1
      }
    },
  }
}
