import { StringDecoder } from 'node:string_decoder'
import { cleanLine } from '../../clean-lines.js'
import type { Redactor } from '../../../redaction/redactor.js'

const NEWLINE = 0x0a

/** Longer lines are broken into pieces, so that output without line ends cannot fill the memory. Bytes. */
export const MAX_LINE_BYTES = 64 * 1024

export interface LineBlocks {
  /** A piece of output of any size. */
  push (chunk: Buffer): void
  /** Text since the last line end, cleaned; it may be empty, and may end with the beginning of a secret. */
  partial (): string
  /** The output has ended: its last line too. */
  end (): void
}

/** Cuts a program's output behind line ends: each block is whole lines, as they were written. Pieces of a long line are without secrets. */
export function createLineBlocks ({ redactor, onBlock }: { redactor: Redactor, onBlock: (block: Buffer) => void }): LineBlocks {
  let held: Buffer[] = []
  let heldBytes = 0
  let longLine: ReturnType<typeof createLongLine> | null = null

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

  /** The held bytes, and more behind them. */
  function take (more: Buffer): Buffer {
    const all = held.length === 0 ? more : Buffer.concat([...held, more])
    held = []
    heldBytes = 0
    return all
  }

  return {
    push,
    partial () {
      const text = cleanLine(Buffer.concat(held).toString())
      return longLine === null ? text : longLine.withHeld(text)
    },
    end () {
      if (heldBytes > 0 || longLine !== null) push(Buffer.of(NEWLINE))
    },
  }
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
