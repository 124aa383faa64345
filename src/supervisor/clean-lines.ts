// ECMA-48: CSI sequences, OSC strings up to their terminator, other two-character escapes.
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -~]?)/g
// All control characters but the tab, and the line separators that would break a log line in two.
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/g

/** A log line without ANSI escapes and control characters; tabs stay. */
export function cleanLine (line: string): string {
  return line.replace(ESCAPES, '').replace(CONTROLS, '')
}
