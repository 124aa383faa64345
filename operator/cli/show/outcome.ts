import type { ExitCode } from '../exit-codes.js'
import type { Text } from './text.js'

/** Standard input, output and error. */
export interface Streams {
  stdin: NodeJS.ReadableStream
  stdout: Output
  stderr: Output
}

/** A terminal has `isTTY` and its width in `columns`. */
export type Output = NodeJS.WritableStream & { isTTY?: boolean, columns?: number }

/** A command shows the service's answer for --json, and the text to people. */
export interface Outcome {
  answer: { statusCode: number, restart_programs?: string[] | undefined, warnings?: string[] | undefined }
  text: Text
  /** Given where the status of the answer does not tell it. */
  exitCode?: ExitCode
}
