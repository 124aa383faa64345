import { GeneratorClientError } from '../../client/errors.js'
import type { Outcome, Streams } from '../command.js'
import { describeError, describeNotes } from './describe.js'
import { render, type Text } from './text.js'

/** Prints results and errors: for people, or with `json` one JSON document a result on standard output. */
export function createPrinter ({ stdout, stderr, json }: Pick<Streams, 'stdout' | 'stderr'> & { json: boolean }) {
  function printOutcome ({ answer, text }: Outcome): void {
    if (json) stdout.write(`${JSON.stringify(answer)}\n`)
    else printText([text, ...describeNotes(answer)])
  }

  function printLine (line: string): void {
    if (json) stdout.write(`${JSON.stringify({ line })}\n`)
    else printText([line])
  }

  function printError (error: Error): void {
    const { statusCode = null, code = 'FAULT', message, data = null } = error as Partial<GeneratorClientError>
    if (json) stdout.write(`${JSON.stringify({ status: 'error', statusCode, code, message, data })}\n`)
    else printNote(error instanceof GeneratorClientError ? describeError(error) : error.message)
  }

  /** Says what is no result. */
  function printNote (note: Text): void {
    stderr.write(`${render(['generator-client: ', note], stderr)}\n`)
  }

  function printText (lines: readonly Text[]): void {
    stdout.write(lines.map(line => `${render(line, stdout)}\n`).join(''))
  }

  return { printOutcome, printLine, printError, printNote }
}
