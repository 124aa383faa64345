const ESCAPE = String.fromCharCode(0x1b)
const BELL = String.fromCharCode(0x07)

/** Operating system commands (window titles, links) and the other string sequences, with their terminator. */
const STRING_SEQUENCES = new RegExp(`${ESCAPE}[\\]PX^_][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)`, 'gu')
/** Colours and cursor movements. */
const CONTROL_SEQUENCES = new RegExp(`(?:${ESCAPE}\\[|\u009b)[0-?]*[ -/]*[@-~]`, 'gu')
const OTHER_SEQUENCES = new RegExp(`${ESCAPE}[ -/]*[0-~]?`, 'gu')
/** The two separators would break a line in two for some readers. */
const CONTROL_CHARACTERS = /(?!\t)[\p{Cc}\p{Zl}\p{Zp}]/gu

const PLAIN = /^[\t\x20-\x7e]*$/

/** Turns a line of output into plain, valid Unicode. Removes ANSI escapes and control characters except tabs. */
export function cleanLine (line: string): string {
  if (PLAIN.test(line)) return line
  return line
    .replace(STRING_SEQUENCES, '')
    .replace(CONTROL_SEQUENCES, '')
    .replace(OTHER_SEQUENCES, '')
    .replace(CONTROL_CHARACTERS, '')
    .toWellFormed()
}
