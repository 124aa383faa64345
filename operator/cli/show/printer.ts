import { AttestationError } from '../../attestation/errors.js'
import { GeneratorClientError } from '../../client/errors.js'
import type { Outcome, Streams } from './outcome.js'
import { describeError, describeNotes, describeRefusal } from './describe.js'
import { render, styled, type Text } from './text.js'

const CLEAR_SCREEN = '\u001b[H\u001b[2J\u001b[3J'

/** Prints results and errors: for people, or with `json` one JSON document for each on standard output. `onPrint` comes before any output. */
export function createPrinter ({
  stdout, stderr, json, onPrint
}: Pick<Streams, 'stdout' | 'stderr'> & { json: boolean, onPrint: () => void }) {
  function printOutcome ({ answer, text }: Outcome): void {
    onPrint()
    if (json) stdout.write(`${JSON.stringify(answer)}\n`)
    else printText([text, ...describeNotes(answer)])
  }

  /** Replaces what a terminal shows. */
  function printInstead (outcome: Outcome): void {
    onPrint()
    if (isScreen) stdout.write(CLEAR_SCREEN)
    printOutcome(outcome)
  }

  /** Prints a line of an output without end. */
  function printLine (line: string): void {
    onPrint()
    if (json) stdout.write(`${JSON.stringify({ line })}\n`)
    else printText([line])
  }

  function printError (error: Error): void {
    const { statusCode = null, code = 'FAULT', message, data = null } = error as Partial<GeneratorClientError>
    onPrint()
    if (json) stdout.write(`${JSON.stringify({ status: 'error', statusCode, code, message, data })}\n`)
    else if (error instanceof AttestationError) printNote(describeRefusal(error))
    else printNote(error instanceof GeneratorClientError ? describeError(error) : error.message)
  }

  /** Says on standard error what is no result. */
  function printNote (note: Text): void {
    onPrint()
    stderr.write(`${render([styled('bold', 'generator-client:'), ' ', note], stderr)}\n`)
  }

  function printText (lines: readonly Text[]): void {
    stdout.write(lines.map(line => `${render(line, stdout)}\n`).join(''))
  }

  const isScreen = !json && stdout.isTTY === true
  return { printOutcome, printInstead, printLine, printError, printNote, isScreen }
}

export type Printer = ReturnType<typeof createPrinter>
