import { StringDecoder } from 'node:string_decoder'
import { cleanLine } from '../../clean-lines.js'
import type { Redactor } from '../../../redaction/redactor.js'

const NEWLINE = 0x0a

/** The bytes of the longest line. A longer one is broken into pieces, so that it cannot fill the memory. */
export const MAX_LINE_BYTES = 64 * 1024

export type LineBlocks = ReturnType<typeof createLineBlocks>

/** Most output has nothing to clean. */
const PLAIN = /^[\t\n\x20-\x7e]*$/

/** Cleans whole lines and removes secrets. It searches all lines at once, because no secret has a line end in it. */
export function readableLines (block: Buffer, redactor: Pick<Redactor, 'redact'>): string[] {
  if (block.length === 0) return []
  const text = block.toString('utf8', 0, block.length - 1)
  const plain = PLAIN.test(text) ? text : text.split('\n').map(cleanLine).join('\n')
  return redactor.redact(plain).split('\n')
}

/** Cuts a program's output behind line ends. A block is whole lines as they were written. Pieces of a long line have no secrets. */
export function createLineBlocks ({ redactor, onBlock }: { redactor: Redactor, onBlock: (block: Buffer) => void }) {
  let held: Buffer[] = []
  let heldBytes = 0
  let longLine: ReturnType<typeof createLongLine> | null = null

  /** Takes a piece of output of any size. */
  function push (chunk: Buffer): void {
    const end = chunk.lastIndexOf(NEWLINE) + 1
    if (end > 0) {
      const whole = take(chunk.subarray(0, end))
      if (longLine === null) onBlock(whole)
      else endLongLine(whole)
    }
    if (end < chunk.length) hold(chunk.subarray(end))
  }

  function hold (rest: Buffer): void {
    held.push(rest)
    heldBytes += rest.length
    if (heldBytes <= MAX_LINE_BYTES) return
    longLine ??= createLongLine(redactor)
    onBlock(longLine.push(take(Buffer.alloc(0))))
  }

  function endLongLine (whole: Buffer): void {
    const end = whole.indexOf(NEWLINE) + 1
    onBlock(longLine!.end(whole.subarray(0, end - 1)))
    longLine = null
    if (end < whole.length) onBlock(whole.subarray(end))
  }

  /** Returns the held bytes with more behind them, and holds nothing. */
  function take (more: Buffer): Buffer {
    const all = held.length === 0 ? more : Buffer.concat([...held, more])
    held = []
    heldBytes = 0
    return all
  }

  /** Returns the clean text since the last line end. It may be empty, and may end with the beginning of a secret. */
  function partial (): string {
    const text = cleanLine(Buffer.concat(held).toString())
    return longLine === null ? text : longLine.withHeld(text)
  }

  /** Ends the output, and with it the last line. */
  function end (): void {
    if (heldBytes > 0 || longLine !== null) push(Buffer.of(NEWLINE))
  }

  return { push, partial, end }
}

/** A secret may lie across the border of two pieces. */
function createLongLine (redactor: Redactor) {
  const decoder = new StringDecoder('utf8')
  const redacted = redactor.lines()
  return {
    push: (bytes: Buffer) => Buffer.from(`${redacted.push(cleanLine(decoder.write(bytes)), true)}\n`),
    end: (bytes: Buffer) => Buffer.from(`${redacted.push(cleanLine(decoder.write(bytes) + decoder.end()), false)}\n`),
    withHeld: redacted.withHeld,
  }
}
